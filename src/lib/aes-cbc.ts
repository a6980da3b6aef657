import { concat } from './hmac.ts'

const BLOCK_BYTES = 16

/**
 * Decrypts AES-256-CBC and leaves the padding in place. WebCrypto accepts PKCS#7 padding up to 16 bytes only, while WeCom
 * pads to 32; so one block with valid padding is appended first, and WebCrypto removes just that block.
 *
 * @returns undefined for a ciphertext whose length is not a whole number of blocks.
 */
export async function decryptCbc(
  key: Uint8Array<ArrayBuffer>,
  iv: Uint8Array<ArrayBuffer>,
  ciphertext: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (ciphertext.byteLength === 0 || ciphertext.byteLength % BLOCK_BYTES !== 0) return undefined
  const imported = await crypto.subtle.importKey('raw', key, 'AES-CBC', false, ['encrypt', 'decrypt'])
  const lastBlock = ciphertext.slice(-BLOCK_BYTES)
  const padding = await crypto.subtle.encrypt({ name: 'AES-CBC', iv: lastBlock }, imported, new Uint8Array(0))
  const whole = concat(ciphertext, new Uint8Array(padding))
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv }, imported, whole))
}

/** Encrypts text that is already padded to whole blocks with AES-256-CBC. */
export async function encryptCbc(
  key: Uint8Array<ArrayBuffer>,
  iv: Uint8Array<ArrayBuffer>,
  padded: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const imported = await crypto.subtle.importKey('raw', key, 'AES-CBC', false, ['encrypt'])
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, imported, padded))
  return sealed.slice(0, -BLOCK_BYTES)
}

/** The text without its PKCS#7 padding; undefined if the padding is not valid for blocks of `blockBytes`. */
export function withoutPadding(
  padded: Uint8Array<ArrayBuffer>,
  blockBytes: number,
): Uint8Array<ArrayBuffer> | undefined {
  const count = padded.at(-1) ?? 0
  if (count < 1 || count > blockBytes || count > padded.byteLength) return undefined
  if (!padded.subarray(-count).every((byte) => byte === count)) return undefined
  return padded.slice(0, -count)
}

/** The text with PKCS#7 padding to whole blocks of `blockBytes`. */
export function withPadding(text: Uint8Array, blockBytes: number): Uint8Array<ArrayBuffer> {
  const count = blockBytes - (text.byteLength % blockBytes)
  return concat(text, new Uint8Array(count).fill(count))
}
