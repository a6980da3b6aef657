import { bytesOf } from './json/utf8.ts'

/** Hash functions by their WebCrypto names. */
export type HashName = 'SHA-1' | 'SHA-256' | 'SHA-512'

/** The HMAC of a message (RFC 2104). Text is taken as UTF-8. */
export async function hmac(
  hash: HashName,
  key: Uint8Array<ArrayBuffer> | string,
  message: Uint8Array<ArrayBuffer> | string,
): Promise<Uint8Array<ArrayBuffer>> {
  const raw = typeof key === 'string' ? bytesOf(key) : key
  const imported = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash }, false, ['sign'])
  const data = typeof message === 'string' ? bytesOf(message) : message
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, data))
}

/** The hash of a message. */
export async function digest(
  hash: HashName,
  message: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest(hash, message))
}

/** Whether two byte strings are equal, in time that depends on their lengths only. */
export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one.byteLength !== other.byteLength) return false
  let difference = 0
  for (let at = 0; at < one.byteLength; at++) difference |= (one[at] as number) ^ (other[at] as number)
  return difference === 0
}

/** Whether two texts are equal, in constant time. */
export async function equalTexts(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all(
    [one, other].map(async (text) => digest('SHA-256', bytesOf(text))),
  )
  return first !== undefined && second !== undefined && equalBytes(first, second)
}

/** Concatenates byte arrays and texts; text is encoded as UTF-8. */
export function concat(...pieces: readonly (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  const parts = pieces.map((piece) => (typeof piece === 'string' ? bytesOf(piece) : piece))
  const all = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.byteLength
  }
  return all
}
