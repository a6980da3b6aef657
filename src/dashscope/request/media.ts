import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'

/** The media in a request. */
export interface Media {
  /** Number of images, video frames, videos, audios and documents. */
  parts: number
  /**
   * Of the parts, the number of whole videos (not frames), audios and documents, which may be hours or thousands of
   * pages long.
   */
  videos: number
  audios: number
  documents: number
  /** Characters, and so bytes, of `data:` URLs and bare base64 in the body. */
  bytes: number
}

type Kind = 'image' | 'video' | 'audio' | 'document'

/** Members of a part that contain media: native, embeddings, OpenAI's chat and responses. */
const MEDIA_MEMBERS: ReadonlyMap<string, Kind> = new Map<string, Kind>(
  Object.entries({
    image: 'image',
    multi_images: 'image',
    image_url: 'image',
    video: 'video',
    video_url: 'video',
    audio: 'audio',
    audio_url: 'audio',
    input_audio: 'audio',
    doc_url: 'document',
    file: 'document',
    file_id: 'document',
    file_url: 'document',
    file_data: 'document',
  } as const),
)

/** Types of Anthropic's parts, whose media are in `source`. */
const SOURCED: Readonly<Record<string, Kind>> = { image: 'image', video: 'video', document: 'document' }

/** Members that hold bare base64: Anthropic's `source`, OpenAI's `input_audio` and files. */
const BASE64_MEMBERS = ['data', 'file_data']

/** A document referenced in a text: Qwen-Long's `fileid://ID`. A placeholder such as `fileid://{id}` is not one. */
const FILE_MARKER = /fileid:\/\/\w/g

/**
 * Counts the media of a body: in native `input.messages` and `input.contents`, the `messages` of chat and Anthropic
 * requests including the results of tools, the `input` of responses and embeddings, the `items` of conversations, the
 * documents and query of rankings (in `input` or flat), and the lists next to an application's prompt. The inputs of
 * image and video tasks are not counted.
 */
export function countMedia(body: unknown): Media {
  const media: Media = { parts: 0, videos: 0, audios: 0, documents: 0, bytes: 0 }
  if (!isJsonObject(body)) return media
  const { input, messages, system, query, documents, items } = body
  countMarkers(body.prompt, media)
  const lists: unknown[] = [messages, system, input, documents, items, [query]]
  if (isJsonObject(input)) {
    const { image_list: image, file_list: file, rag_options: options } = input
    const sessionFiles = isJsonObject(options) ? options.session_file_ids : undefined
    lists.push(input.messages, input.contents, input.documents, [
      input.query,
      { image, file },
      { file: sessionFiles },
    ])
    countMarkers(input.prompt, media)
  }
  // The list grows during the loop: parts contain parts, to any depth.
  for (const list of lists) {
    if (!Array.isArray(list)) {
      countMarkers(list, media)
      continue
    }
    for (const item of list) if (isJsonObject(item)) lists.push(...countItem(item, media))
  }
  return media
}

/** Counts the media directly in a message or part, and returns its lists of parts. */
function countItem(item: JsonObject, media: Media): unknown[] {
  // An item has few members and the table many, so loop over the item: looping over the table would be slow for long
  // conversations.
  for (const name of Object.keys(item)) {
    const kind = MEDIA_MEMBERS.get(name)
    const value = item[name]
    if (kind === undefined || value === undefined || value === null) continue
    // A list of videos is a list of frames, which are images.
    if (Array.isArray(value)) add(media, kind === 'video' ? 'image' : kind, value.length)
    else add(media, kind, 1)
    media.bytes += inlineBytes(name, value)
  }
  const { source, type, content, output, text, data } = item
  countMarkers(text, media)
  // In the Responses API a part contains its audio directly.
  if (type === 'input_audio' && typeof data === 'string') {
    add(media, 'audio', 1)
    media.bytes += data.length
  }
  const kind = typeof type === 'string' && Object.hasOwn(SOURCED, type) ? SOURCED[type] : undefined
  if (!kind || !isJsonObject(source)) return [content, output]
  add(media, kind, 1)
  if (Array.isArray(source.content)) return [content, output, source.content]
  media.bytes += inlineBytes('source', source)
  return [content, output]
}

function add(media: Media, kind: Kind, number: number): void {
  media.parts += number
  if (kind === 'video') media.videos += number
  if (kind === 'audio') media.audios += number
  if (kind === 'document') media.documents += number
}

function countMarkers(text: unknown, media: Media): void {
  if (typeof text !== 'string' || !text.includes('fileid://')) return
  add(media, 'document', text.match(FILE_MARKER)?.length ?? 0)
}

function inlineBytes(name: string, value: unknown): number {
  let bytes = 0
  const values: [string, unknown][] = [[name, value]]
  for (const [member, each] of values) {
    if (typeof each === 'string') bytes += isInline(member, each) ? each.length : 0
    else if (Array.isArray(each)) for (const inner of each) values.push([member, inner])
    else if (isJsonObject(each)) for (const inner of Object.entries(each)) values.push(inner)
  }
  return bytes
}

function isInline(name: string, value: string): boolean {
  const start = value.slice(0, 64)
  return /^\s*data:/i.test(start) || (BASE64_MEMBERS.includes(name) && !/^\s*(?:https?|oss):/i.test(start))
}
