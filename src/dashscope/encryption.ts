import type { HeaderMap } from '../lib/header-map.ts'

/**
 * Whether an input is a cipher, and its answer another one (the SDKs' `enable_encryption`): the key in both is the caller's,
 * made for this one request, and opens for nobody else but the account whose public key it was sent under.
 */
export function isEncrypted(headers: HeaderMap): boolean {
  return headers.has('x-dashscope-encryptionkey')
}
