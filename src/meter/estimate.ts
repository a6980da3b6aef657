import type { Endpoint } from '../dashscope/endpoint.ts'
import type { RequestDescription } from '../dashscope/request/describe.ts'
import type { Media } from '../dashscope/request/media.ts'
import { largestCount } from '../dashscope/request/setting.ts'
import { NO_USAGE, type Usage } from '../dashscope/usage.ts'

/** UTF-8 bytes per token, of JSON with English or Chinese text in it; Qwen's tokenizer takes about 4 and 5. */
const ESTIMATED_BYTES_PER_TOKEN = 4

/** Output of a request that names no bound: longer than most responses, shorter than what a model may write. */
export const ESTIMATED_OUTPUT_TOKENS = 1000

/** More than any model writes; the caller chooses `max_tokens`, and sums with absurd numbers lose their last digits. */
const MAX_ESTIMATED_OUTPUT_TOKENS = 1_000_000

/** An image of usual size (visual understanding page: 28 or 32 pixels per side make a token). */
const ESTIMATED_TOKENS_PER_IMAGE = 1200

/** The most that one video or audio takes: `total_pixels` of a video ends at 131,072 tokens (visual understanding page). */
const MAX_TOKENS_PER_RECORDING = 131_072

/** A document takes at most the model's context window. */
const CONTEXT_TOKENS = 1_000_000
const LONG_CONTEXT_TOKENS = 10_000_000
const HAS_LONG_CONTEXT = /^qwen-(?:long|doc)/

/** Results of a task that names no number: older image models make four. */
const DEFAULT_IMAGES = 4
const DEFAULT_VIDEO_SECONDS = 5

/** The longest recording that DashScope transcribes (12 hours in a task, 5 minutes in a request). */
const MAX_TRANSCRIPT_SECONDS = 43_200
const MAX_SPEECH_SECONDS = 300

/** A song; its length is the model's choice (Fun-Music page). */
const MAX_SONG_SECONDS = 300

/** Models of multimodal-generation that make images, or speak (model list, 2026-10). */
const MAKES_IMAGES = /^(?:qwen-image|z-image|wan[\w.]*-(?:t2i|image)|wanx)/
const SPEAKS = /tts|speech|cosyvoice/i

/**
 * What a request may use, for its reservation: the text by its size, media by their number, the output by its bound, and the
 * other units by what is asked for. A document, a video or an audio counts with its worst case, since its size is not known.
 *
 * @param asked what the request asks for.
 * @param bytes size of the whole body.
 */
export function estimateUsage(endpoint: Endpoint, asked: RequestDescription, bytes: number): Usage {
  if (endpoint.usage === undefined || bytes === 0) return NO_USAGE
  return {
    ...NO_USAGE,
    input: inputTokens(asked, bytes),
    output: endpoint.isGenerated ? outputTokens(asked) : 0,
    ...otherUnits(endpoint, asked),
    ...(asked.thinking.isPossible && { mayIncludeThinking: true }),
    estimated: true,
  }
}

function inputTokens({ model, media }: RequestDescription, bytes: number): number {
  const { parts, videos, audios, documents } = media
  const images = parts - videos - audios - documents
  const text = Math.ceil(Math.max(0, bytes - media.bytes) / ESTIMATED_BYTES_PER_TOKEN)
  const recordings = (videos + audios) * recordingTokens(media)
  const tokens = text + images * ESTIMATED_TOKENS_PER_IMAGE + recordings
  const context = HAS_LONG_CONTEXT.test(model) ? LONG_CONTEXT_TOKENS : CONTEXT_TOKENS
  return documents > 0 ? Math.max(tokens, context) : tokens
}

/** A recording that is in the body itself has no more tokens than characters. */
function recordingTokens({ bytes, videos, audios, parts }: Media): number {
  const isInline = bytes > 0 && videos + audios === parts
  return isInline ? Math.min(bytes, MAX_TOKENS_PER_RECORDING) : MAX_TOKENS_PER_RECORDING
}

function outputTokens({ lengths, count, thinking }: RequestDescription): number {
  const length = largestCount(lengths) ?? ESTIMATED_OUTPUT_TOKENS
  // A length bounds the text alone with most models, and thinking comes on top of it, even if the model thinks unasked.
  const thought = thinking.isSlow ? thinking.namedTokens : 0
  return Math.min((length + thought) * (count ?? 1), MAX_ESTIMATED_OUTPUT_TOKENS)
}

function otherUnits({ product }: Endpoint, asked: RequestDescription): Partial<Usage> {
  const { model, count, characters, media, recordings, resolution } = asked
  if (product === 'image') return { images: count ?? DEFAULT_IMAGES }
  if (product === 'model') return { toolCalls: 1, tools: { result: 1 } }
  if (product === 'transcript') return { seconds: recordings * MAX_TRANSCRIPT_SECONDS }
  if (product === 'music') return { seconds: MAX_SONG_SECONDS }
  if (product === 'video') {
    const videoSeconds = (asked.videoSeconds ?? DEFAULT_VIDEO_SECONDS) * (count ?? 1)
    return { videoSeconds, ...(resolution !== undefined && { resolution }) }
  }
  if (MAKES_IMAGES.test(model)) return { images: count ?? 1 }
  if (SPEAKS.test(model)) return { characters }
  return media.audios > 0 ? { seconds: media.audios * MAX_SPEECH_SECONDS } : {}
}
