/** Code points per token: a rule simple enough to compute by hand in tests. */
const CODE_POINTS_PER_TOKEN = 4
const TOKENS_PER_IMAGE = 1000
const TOKENS_PER_VIDEO_FRAME = 250
const TOKENS_PER_AUDIO = 500
/** The assumed number of frames of a video URL, since the emulator does not open the file. */
const FRAMES_PER_VIDEO_FILE = 8

/**
 * The number of images, videos and audios in a message. `videoFrames` counts the frames of videos given as lists of
 * images.
 */
export interface Media {
  images: number
  videoFiles: number
  videoFrames: number
  audios: number
}

/** Tokens of one call so far. `output` includes `reasoning`; input is the sum of text, image, video and audio. */
export interface Counts {
  text: number
  image: number
  video: number
  audio: number
  output: number
  reasoning: number
}

/** The usage of a call in the log: tokens, and the units of models that are not billed by tokens. */
export interface Usage {
  input_tokens: number
  output_tokens: number
  total_tokens: number
  characters?: number
  seconds?: number
  images?: number
  video_seconds?: number
  /** Calls of built-in tools. */
  tool_calls?: number
}

/** The usage of a call with only units other than tokens. */
export function unitsOf(units: Partial<Usage>): Usage {
  return { input_tokens: 0, output_tokens: 0, total_tokens: 0, ...units }
}

/** The number of tokens of a text: one per four code points, rounded up. */
export function countTokens(text: string): number {
  return Math.ceil(Array.from(text).length / CODE_POINTS_PER_TOKEN)
}

/** The tokens of a text: four code points each, the last one may be shorter. */
export function tokensOf(text: string): string[] {
  const points = Array.from(text)
  const starts = Array.from({ length: countTokens(text) }, (_, index) => index * CODE_POINTS_PER_TOKEN)
  return starts.map((start) => points.slice(start, start + CODE_POINTS_PER_TOKEN).join(''))
}

/** Truncates a text to a number of tokens. */
export function cutToTokens(text: string, tokens: number): string {
  return Array.from(text)
    .slice(0, tokens * CODE_POINTS_PER_TOKEN)
    .join('')
}

/**
 * The counts of a request's input: its texts (one per message, and the JSON of its tools, if any) and the media of
 * all its messages. Each text is rounded up separately; the minimum is 1.
 */
export function countInput(texts: readonly string[], media: Media): Counts {
  const text = texts.reduce((sum, part) => sum + countTokens(part), 0)
  return {
    text: Math.max(1, text),
    image: media.images * TOKENS_PER_IMAGE,
    video: (media.videoFrames + media.videoFiles * FRAMES_PER_VIDEO_FILE) * TOKENS_PER_VIDEO_FRAME,
    audio: media.audios * TOKENS_PER_AUDIO,
    output: 0,
    reasoning: 0,
  }
}

/** The tokens of the whole input. */
export function inputTokens(counts: Counts): number {
  return counts.text + counts.image + counts.video + counts.audio
}

/** Counts in the format of the call log. */
export function usageOf(counts: Counts): Usage {
  const input = inputTokens(counts)
  return { input_tokens: input, output_tokens: counts.output, total_tokens: input + counts.output }
}
