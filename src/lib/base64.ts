const WELL_FORMED = /^[A-Za-z0-9+/]*={0,2}$/

/**
 * Bytes per call of String.fromCharCode: more would need a deep stack, and one call per byte would be slow for
 * images.
 */
const CHUNK_BYTES = 8192

/** Bytes in base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES))
  }
  return btoa(binary)
}

/** The bytes of a base64 text; undefined for anything else, including text with white space or without padding. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 !== 0 || !WELL_FORMED.test(text)) return undefined
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return bytes
}
