import { toBase64 } from '../lib/base64.ts'
import type { FormPart } from '../lib/multipart/read-form.ts'
import { invalidOption } from './options.ts'

/** The first bytes of each image type (their format specifications), as characters. */
const SIGNATURES: readonly (readonly [type: string, pattern: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/webp', /^RIFF.{4}WEBP/s],
  ['image/gif', /^GIF8[79]a/],
  ['image/bmp', /^BM/],
  ['image/tiff', /^(?:II\*|MM.\*)/s],
]

/** The largest file that DashScope accepts as a `data:` URL (image understanding page), in bytes. */
const MAX_IMAGE_BYTES = 10 * 1024 * 1024

/** Allowed image URLs; DashScope fetches the image, as on its native endpoints. */
const IMAGE_URL = /^(?:https?|oss):\/\/\S+$|^data:image\/[\w.+-]+;base64,[\w+/=-]+$/i

/**
 * An uploaded image as a `data:` URL.
 *
 * @throws GatewayError `invalid` for a file that is not an image, or too large for DashScope.
 */
export function imageDataUrl({ name, bytes }: FormPart): string {
  if (bytes.byteLength > MAX_IMAGE_BYTES) {
    throw invalidOption(
      name,
      `an image may have at most ${MAX_IMAGE_BYTES} bytes. Upload it with POST /edge/uploads and send its URL`,
    )
  }
  const head = String.fromCharCode(...bytes.subarray(0, 16))
  const [type] = SIGNATURES.find(([, pattern]) => pattern.test(head)) ?? []
  if (type === undefined) throw invalidOption(name, 'expected a file in PNG, JPEG, WebP, GIF, BMP or TIFF')
  return `data:${type};base64,${toBase64(bytes)}`
}

/** The URL of an image in a JSON body. Throws GatewayError `invalid` for anything else. */
export function imageUrlIn(name: string, value: unknown): string {
  if (typeof value === 'string' && IMAGE_URL.test(value)) return value
  throw invalidOption(name, 'expected a URL that begins with https:, http:, oss: or data:image/')
}
