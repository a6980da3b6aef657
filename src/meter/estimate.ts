import type { Endpoint } from '../dashscope/endpoint.ts'
import type { RequestDescription } from '../dashscope/request/describe.ts'
import type { Media } from '../dashscope/request/media.ts'
import { largestCount } from '../dashscope/request/setting.ts'
import { NO_USAGE, type Usage } from '../dashscope/usage.ts'

/** UTF-8 bytes per token, in JSON with English or Chinese text; Qwen's tokenizer takes about 4 and 5. */
export const ESTIMATED_BYTES_PER_TOKEN = 4

/** Estimated output of a request without a bound: longer than most responses, shorter than the maximum of models. */
export const ESTIMATED_OUTPUT_TOKENS = 1000

/**
 * More than any model generates. The caller chooses `max_tokens`, and sums with absurd numbers would lose precision.
 */
const MAX_ESTIMATED_OUTPUT_TOKENS = 1_000_000

/** An image of typical size (visual understanding page: 28 or 32 pixels per side make a token). */
const ESTIMATED_TOKENS_PER_IMAGE = 1200

/**
 * The maximum for one video or audio: `total_pixels` of a video ends at 131,072 tokens (visual understanding page).
 */
const MAX_TOKENS_PER_RECORDING = 131_072

/** A document takes at most the model's context window. */
const CONTEXT_TOKENS = 1_000_000
const LONG_CONTEXT_TOKENS = 10_000_000
const HAS_LONG_CONTEXT = /^qwen-(?:long|doc)/

/** Images of a task that sets no number: older models generate four. */
const DEFAULT_IMAGES = 4
const DEFAULT_VIDEO_SECONDS = 5

/** The longest recording that DashScope transcribes (12 hours in a task, 5 minutes in a request). */
const MAX_TRANSCRIPT_SECONDS = 43_200
const MAX_SPEECH_SECONDS = 300

/** A song; the model chooses its length (Fun-Music page). */
const MAX_SONG_SECONDS = 300

/** Models of multimodal-generation that generate images or speech (model list, 2026-10). */
const MAKES_IMAGES = /^(?:qwen-image|z-image|wan[\w.]*-(?:t2i|image)|wanx)/
const SPEAKS = /tts|speech|cosyvoice/i

/**
 * The estimated usage of a request, for its reservation: text by its size, media by their number, output by its
 * bound, and the other units by the request's parameters. A document, a video or an audio counts with the worst case,
 * since its size is not known.
 *
 * @param asked the description of the request.
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

/** A recording in the body has no more tokens than characters. */
function recordingTokens({ bytes, videos, audios, parts }: Media): number {
  const isInline = bytes > 0 && videos + audios === parts
  return isInline ? Math.min(bytes, MAX_TOKENS_PER_RECORDING) : MAX_TOKENS_PER_RECORDING
}

function outputTokens({ lengths, count, thinking }: RequestDescription): number {
  const length = largestCount(lengths) ?? ESTIMATED_OUTPUT_TOKENS
  // With most models the length bounds only the text; thinking is added to it, even if the request does not ask for
  // thinking.
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
