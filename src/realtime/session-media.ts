import { isJsonObject, type JsonObject, objectAt, objectsAt } from '../lib/json/object.ts'
import { type FrameRules, refused } from './rules.ts'

/** The media in one event. */
interface EventMedia {
  parts: number
  /** Characters, and so bytes, of media in the event itself; media at a URL have none. */
  bytes: number
}

/** Members of a content part that hold media, as base64 or as a URL. */
const MEDIA = ['image', 'image_url', 'audio', 'input_audio', 'video', 'file_data']

/**
 * Checks the media of an event against the caps of the key: their size in this event, and their number until the next
 * response.
 *
 * @param before the number of media since the last response.
 * @returns the number including this event.
 * @throws GatewayError `denied`.
 */
export function checkMedia(body: JsonObject, before: number, { policy }: FrameRules): number {
  const { media_bytes: mostBytes, media_parts: mostParts } = policy.caps ?? {}
  const { parts, bytes } = mediaIn(body)
  const param = typeof body.type === 'string' && body.type.startsWith('input_image') ? 'image' : 'media'
  if (mostBytes !== undefined && bytes > mostBytes)
    throw refused(param, `at most ${mostBytes} bytes of media`)
  if (mostParts !== undefined && parts > 0 && before + parts > mostParts) {
    throw refused(param, `at most ${mostParts} media parts per response`)
  }
  return before + parts
}

/** Images that are appended, media in items, and the recordings of voices that a session recognizes. */
function mediaIn(body: JsonObject): EventMedia {
  const items = [objectAt(body, 'item'), ...objectsAt(objectAt(body, 'response'), 'input')]
  const found = items.flatMap((item) => objectsAt(item, 'content')).flatMap(mediaOfPart)
  const image = body.type === 'input_image_buffer.append' ? [body.image ?? ''] : []
  const voices = [objectAt(body, 'session')?.voiceprint_audio_urls ?? []].flat()
  const all = [...found, ...image, ...voices]
  return { parts: all.length, bytes: all.reduce<number>((sum, value) => sum + bytesOf(value), 0) }
}

function mediaOfPart(part: JsonObject): unknown[] {
  return MEDIA.filter((name) => (part[name] ?? undefined) !== undefined).map((name) => part[name])
}

function bytesOf(value: unknown): number {
  if (isJsonObject(value)) return Object.values(value).reduce<number>((sum, each) => sum + bytesOf(each), 0)
  return typeof value === 'string' && !/^\s*(?:https?|oss):/i.test(value) ? value.length : 0
}
