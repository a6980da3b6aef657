import { GatewayError } from '../errors.ts'
import type { Caps } from './key-record.ts'
import { matchesGlob } from './policy.ts'

/**
 * Refuses an upload that exceeds the caps of a key or token.
 *
 * @param type the declared media type; empty if there is none.
 * @throws GatewayError `denied`, naming what is allowed.
 */
export function allowUpload(
  { upload_bytes: most, upload_types: types }: Caps,
  file: { type: string; bytes: Uint8Array },
): void {
  const size = file.bytes.byteLength
  if (most !== undefined && size > most) {
    throw new GatewayError('denied', `file: this key may upload at most ${most} bytes, got ${size}.`, {
      param: 'file',
    })
  }
  if (!types || types.some((glob) => matchesGlob(glob, file.type))) return
  throw new GatewayError(
    'denied',
    `file: this key may upload files of the types ${types.join(', ')}, got "${file.type.slice(0, 64)}".`,
    { param: 'file' },
  )
}

/**
 * Refuses DashScope's upload policy to a key whose uploads are capped: it is signed by DashScope and allows any file
 * of up to a gigabyte.
 *
 * @throws GatewayError `denied`, naming the endpoint that checks uploads.
 */
export function allowUploadPolicy({ upload_bytes: most, upload_types: types }: Caps): void {
  if (most === undefined && types === undefined) return
  throw new GatewayError(
    'denied',
    "This key has caps on uploads, which DashScope's upload policies do not enforce. Upload with POST /edge/uploads.",
  )
}
