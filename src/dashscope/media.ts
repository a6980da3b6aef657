import { isJsonObject } from '../lib/json/object.ts'

/** Media that a request is to be answered by. */
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

/**
 * Counts the media of a body that was validated: in native `input.messages` and `input.contents`, the `messages` of chat and
 * Anthropic requests with the answers of tools in them, the `input` of responses and embeddings, what is ranked and by what
 * (in `input` or flat), and the lists beside an application's prompt.
 */
export function countMedia({ input, messages, system, query, documents }: Record<string, unknown>): Media {
  const media: Media = { parts: 0, bytes: 0 }
  const lists: unknown[] = [messages, system, input, documents, [query]]
  if (isJsonObject(input)) {
    const { image_list: image, file_list: file } = input
    lists.push(input.messages, input.contents, input.documents, [input.query, { image, file }])
  }
  // A list that grows while it is walked: parts hold parts, and how deep is the caller's to say.
  for (const list of lists) {
    if (!Array.isArray(list)) continue
    for (const item of list) if (isJsonObject(item)) lists.push(...countItem(item, media))
  }
  return media
}

/** Counts what a message or part carries itself, and returns the lists of parts in it. */
function countItem(item: Record<string, unknown>, media: Media): unknown[] {
  for (const key of MEDIA_KEYS) {
    const value = item[key]
    if (value === undefined || value === null) continue
    media.parts += Array.isArray(value) ? value.length : 1
    media.bytes += inlineBytes(key, value)
  }
  const { source, type, content, output } = item
  if (!SOURCED.includes(String(type)) || !isJsonObject(source)) return [content, output]
  media.parts += 1
  if (Array.isArray(source.content)) return [content, output, source.content]
  media.bytes += inlineBytes('source', source)
  return [content, output]
}

function inlineBytes(key: string, value: unknown): number {
  let bytes = 0
  const values: [string, unknown][] = [[key, value]]
  for (const [name, each] of values) {
    if (typeof each === 'string') bytes += isInline(name, each) ? each.length : 0
    else if (Array.isArray(each)) for (const inner of each) values.push([name, inner])
    else if (isJsonObject(each)) for (const member of Object.entries(each)) values.push(member)
  }
  return bytes
}

function isInline(key: string, value: string): boolean {
  return BASE64_KEYS.includes(key) || /^\s*data:/i.test(value.slice(0, 64))
}
