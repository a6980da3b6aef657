/** Code points that make one token: a rule simple enough for a test to redo in its head. */
const CODE_POINTS_PER_TOKEN = 4
const TOKENS_PER_IMAGE = 1000
const TOKENS_PER_VIDEO_FRAME = 250
const TOKENS_PER_AUDIO = 500
/** Frames a video given as one address counts for, since the emulator does not open the file. */
const FRAMES_PER_VIDEO_FILE = 8

/** How many pictures, videos and sounds a message holds. `videoFrames` counts videos given as lists of pictures. */
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

/** What the call log says a call cost: tokens, and the units of models that are not billed by tokens. */
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

/** Takes units other than tokens; returns the usage of a call that used nothing else. */
export function unitsOf(units: Partial<Usage>): Usage {
  return { input_tokens: 0, output_tokens: 0, total_tokens: 0, ...units }
}

/** Takes a text; returns its tokens: one per four code points, rounded up, 0 for no text. */
export function countTokens(text: string): number {
  return Math.ceil(Array.from(text).length / CODE_POINTS_PER_TOKEN)
}

/** Takes a text; returns its tokens: four code points each, the last one what is left. */
export function tokensOf(text: string): string[] {
  const points = Array.from(text)
  const starts = Array.from({ length: countTokens(text) }, (_, index) => index * CODE_POINTS_PER_TOKEN)
  return starts.map((start) => points.slice(start, start + CODE_POINTS_PER_TOKEN).join(''))
}

/** Takes a text and a limit in tokens; returns the longest beginning of the text within it. */
export function cutToTokens(text: string, tokens: number): string {
  return Array.from(text)
    .slice(0, tokens * CODE_POINTS_PER_TOKEN)
    .join('')
}

/**
 * Takes the texts of a request (one per message, and the JSON of its tools if it has any) and the media of all its
 * messages; returns the counts before anything was answered. Each text is rounded up by itself; 1 is the least.
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

/** Takes counts; returns the tokens of the whole input. */
export function inputTokens(counts: Counts): number {
  return counts.text + counts.image + counts.video + counts.audio
}

/** Takes counts; returns them as the call log shows them. */
export function usageOf(counts: Counts): Usage {
  const input = inputTokens(counts)
  return { input_tokens: input, output_tokens: counts.output, total_tokens: input + counts.output }
}
