import { isJsonObject } from './json/object.ts'

const WELL_FORMED = /^[\w-]*$/

/** Bytes, or a text as UTF-8, in base64url without padding (RFC 4648 section 5, RFC 7515 section 2). */
export function toBase64url(data: Uint8Array | string): string {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The bytes of a base64url text; `undefined` if it is not base64url, or if it has padding. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!WELL_FORMED.test(text) || text.length % 4 === 1) return undefined
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return bytes
}

/** The JSON object in a base64url text; `undefined` if it does not contain one. */
export function jsonFromBase64url(text: string): Record<string, unknown> | undefined {
  const bytes = fromBase64url(text)
  if (!bytes) return undefined
  try {
    const value: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes),
    )
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
