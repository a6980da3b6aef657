import type { Config } from '../config.ts'
import { toBase64 } from '../lib/base64.ts'
import { isJsonObject, objectAt, objectsAt, parseObject } from '../lib/json/object.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import { readUpTo } from '../upstream/response.ts'
import type { Attachment, HookEvent } from './events/event.ts'
import type { OpenedHook } from './hook-store.ts'
import { callPlatform, connect } from './platform-connection.ts'
import type { PictureSource } from './replies/platform.ts'
import { PLATFORMS } from './replies/platforms.ts'

/** Images of one event that are sent to a model. */
export const MAX_PICTURES = 8

/**
 * Maximum for all images of an event together; DashScope accepts 10 MB of base64 for one ("image understanding",
 * limits).
 */
const MAX_PICTURE_BYTES = 7 * 1024 * 1024

const NOT_LOADED = '[A picture could not be loaded.]'

/** The placeholder for an image in the stored request until the job fetches it. */
const PLACEHOLDER = /^edge-picture:(\d+)$/

/** The first bytes of the formats that vision models accept. */
const FORMATS: readonly [type: string, start: RegExp][] = [
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/png', /^\x89PNG\r\n/],
  ['image/gif', /^GIF8/],
  ['image/webp', /^RIFF[\s\S]{4}WEBP/],
  ['image/bmp', /^BM/],
]

/** Names of models that accept images (model list, "visual understanding"). */
const READS_PICTURES =
  /(?:^|[-/])(?:vl|omni|qvq|ocr)(?:[-.]|$)|^qvq|^qwen3\.[5-7]-(?:plus|flash)|^qwen3\.[89]/

/**
 * Placeholders for the images of an event, which must be acknowledged before they can be fetched. A comment on a code
 * host links its images in a text, so a text model can answer it too; since such a model would refuse images, it gets
 * none.
 */
export function placeholders({ images, kind }: HookEvent, model: string): string[] {
  const isLinked = kind === 'github' || kind === 'gitlab'
  if (isLinked && !READS_PICTURES.test(model)) return []
  return images.slice(0, MAX_PICTURES).map((_, index) => `edge-picture:${index}`)
}

/**
 * Replaces the placeholders in a request by the images of its event, as data URLs: DashScope could not fetch them
 * without the platform's credential. An image that cannot be loaded is replaced by a sentence that says so.
 */
export async function withPictures(
  body: Uint8Array<ArrayBuffer>,
  event: HookEvent,
  opened: OpenedHook,
  config: Config,
): Promise<Uint8Array<ArrayBuffer>> {
  if (event.images.length === 0) return body
  const request = parseObject(textOf(body))
  const messages = [...objectsAt(request, 'messages'), ...objectsAt(objectAt(request, 'input'), 'messages')]
  const message = messages.at(-1)
  if (!request || !message || !Array.isArray(message.content)) return body
  let left = MAX_PICTURE_BYTES
  const written: unknown[] = []
  for (const part of message.content) {
    const picture = event.images[indexIn(part)]
    if (!picture) {
      written.push(part)
      continue
    }
    const load = () => loadPicture(picture, event, opened, config, left).catch(() => undefined)
    // Retried once, since the platform may only have been slow.
    const loaded = (await load()) ?? (await load())
    left -= loaded?.bytes ?? 0
    written.push(loaded ? withUrl(part, loaded.url) : textPart(part))
  }
  message.content = written
  return bytesOf(JSON.stringify(request))
}

function indexIn(part: unknown): number {
  const [, index] = PLACEHOLDER.exec(urlIn(part)) ?? []
  return index === undefined ? -1 : Number(index)
}

function urlIn(part: unknown): string {
  if (!isJsonObject(part)) return ''
  const url = part.image ?? objectAt(part, 'image_url')?.url
  return typeof url === 'string' ? url : ''
}

function withUrl(part: unknown, url: string): unknown {
  return isJsonObject(part) && 'image' in part ? { image: url } : { type: 'image_url', image_url: { url } }
}

function textPart(part: unknown): unknown {
  return isJsonObject(part) && 'image' in part ? { text: NOT_LOADED } : { type: 'text', text: NOT_LOADED }
}

async function loadPicture(
  picture: Attachment,
  event: HookEvent,
  opened: OpenedHook,
  config: Config,
  limitBytes: number,
): Promise<{ url: string; bytes: number } | undefined> {
  const platform = PLATFORMS[opened.hook.kind]
  if (!platform?.picture) return undefined
  const { context, ask } = connect(platform, opened, event, config)
  const source = await platform.picture(picture, await context(''), ask)
  const bytes = source && (await download(source, config, limitBytes))
  const type = bytes ? typeOf(bytes) : undefined
  if (!bytes || type === undefined) return undefined
  return { url: `data:${type};base64,${toBase64(bytes)}`, bytes: bytes.byteLength }
}

async function download(
  { request, follow, decrypt }: PictureSource,
  config: Config,
  limitBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let response = await callPlatform(request, config)
  const location = response.headers.get('location')
  const stored = location === null ? undefined : follow?.(location)
  if (stored) {
    await response.body?.cancel()
    response = await callPlatform(stored, config)
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel()
    return undefined
  }
  const read = await readUpTo(response.body, limitBytes)
  if (read.kind === 'long') {
    await read.rest.cancel()
    return undefined
  }
  if (read.bytes.byteLength > limitBytes) return undefined
  return decrypt ? decrypt(read.bytes) : read.bytes
}

/** The type of an image by its first bytes; the declared type comes from the sender and is not trusted. */
function typeOf(bytes: Uint8Array): string | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 12))
  return FORMATS.find(([, format]) => format.test(start))?.[0]
}
