import { isJsonObject } from '../json/object.ts'

/** Media in the messages of a request. */
export interface Media {
  /** Images, videos (each frame), audios and documents. */
  parts: number
  /** Characters, and so bytes, of what stands in the body itself: `data:` URLs and bare base64. */
  bytes: number
}

/** Keys under which a part carries media: native, embeddings, OpenAI's chat and responses. */
const MEDIA_KEYS = [
  'image',
  'multi_images',
  'video',
  'audio',
  'doc_url',
  'image_url',
  'video_url',
  'audio_url',
  'input_audio',
  'file',
  'file_id',
  'file_url',
  'file_data',
]

/** Anthropic's parts, which carry their media in `source`. */
const SOURCED = ['image', 'document']

/** Where bare base64 stands: Anthropic's `source`, OpenAI's `input_audio` and files. */
const BASE64_KEYS = ['data', 'file_data']

/** Deeper than any documented part nests, and an end for one that was made to be deep. */
const MAX_DEPTH = 8

/**
 * Counts the media in all messages of a body that was validated: native `input.messages` and `input.contents`, the
 * `messages` of chat and Anthropic requests with the answers of tools in them, and the `input` of responses.
 */
export function countMedia(body: Record<string, unknown>): Media {
  const media: Media = { parts: 0, bytes: 0 }
  const { input, messages, system } = body
  for (const list of [messages, system, input]) countIn(list, media, 0)
  if (isJsonObject(input)) for (const list of [input.messages, input.contents]) countIn(list, media, 0)
  return media
}

/** A list of messages or parts; a part can be a list of parts again. */
function countIn(list: unknown, media: Media, depth: number): void {
  if (!Array.isArray(list) || depth > MAX_DEPTH) return
  for (const item of list) {
    if (!isJsonObject(item)) continue
    countPart(item, media)
    countIn(item.content, media, depth + 1)
    countIn(item.output, media, depth + 1)
  }
}

function countPart(part: Record<string, unknown>, media: Media): void {
  for (const key of MEDIA_KEYS) {
    const value = part[key]
    if (value === undefined || value === null) continue
    media.parts += Array.isArray(value) ? value.length : 1
    media.bytes += inlineBytes(value, key, 0)
  }
  if (!SOURCED.includes(String(part.type)) || !isJsonObject(part.source)) return
  media.parts += 1
  media.bytes += inlineBytes(part.source, 'source', 0)
  countIn(part.source.content, media, 1)
}

function inlineBytes(value: unknown, key: string, depth: number): number {
  if (typeof value === 'string') {
    return BASE64_KEYS.includes(key) || /^\s*data:/i.test(value.slice(0, 64)) ? value.length : 0
  }
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return 0
  let bytes = 0
  for (const [name, inner] of Object.entries(value)) {
    bytes += inlineBytes(inner, Array.isArray(value) ? key : name, depth + 1)
  }
  return bytes
}
