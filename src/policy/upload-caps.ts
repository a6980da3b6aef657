import { GatewayError } from '../errors.ts'
import type { Caps } from './key-record.ts'
import { matchesGlob } from './policy.ts'

/**
 * Lets an upload pass that stays within the caps of a key or token.
 *
 * @param type the media type that the upload declares; empty if it declares none.
 * @throws GatewayError `denied` naming what is allowed.
 */
export function allowUpload(
  { upload_bytes: most, upload_types: types }: Caps,
  file: { type: string; bytes: Uint8Array },
): void {
  const size = file.bytes.byteLength
  if (most !== undefined && size > most) {
    throw new GatewayError('denied', `file: this key uploads at most ${most} bytes, got ${size}.`, {
      param: 'file',
    })
  }
  if (!types || types.some((glob) => matchesGlob(glob, file.type))) return
  throw new GatewayError(
    'denied',
    `file: this key uploads files of the types ${types.join(', ')}, got "${file.type.slice(0, 64)}".`,
    { param: 'file' },
  )
}

/**
 * Refuses a policy for uploads to a key whose uploads are bounded: DashScope signs it, and it allows any file of up to a
 * gigabyte.
 *
 * @throws GatewayError `denied` that names the way that checks uploads.
 */
export function allowUploadPolicy({ upload_bytes: most, upload_types: types }: Caps): void {
  if (most === undefined && types === undefined) return
  throw new GatewayError(
    'denied',
    'The uploads of this key are bounded, which a policy of DashScope is not. Upload with POST /edge/uploads.',
  )
}
