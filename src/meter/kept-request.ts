import { strictTextOf } from '../lib/json/utf8.ts'
import { maskCredentials, maskCutCredentials } from '../lib/mask.ts'

/** The longest body or response that is kept, in bytes of UTF-8. */
export const MAX_KEPT_BYTES = 16 * 1024

/** How many requests of a key are kept, and for how long. */
export const MAX_KEPT_REQUESTS = 50
export const REQUEST_KEPT_MS = 86_400_000

/** A body or a response, without credentials. */
export interface KeptText {
  text: string
  /** A part of it is missing. */
  cut?: true
}

/** The body of a request and its response, kept for the request log of a key with `log_bodies`. */
export interface KeptRequest {
  /** The request's id. */
  id: string
  /** When it ended. */
  atMs: number
  /** As the caller sent it. */
  body: KeptText
  /** Undefined if there was no response, it was not text, or the gateway passed it on without looking at it. */
  answer?: KeptText
}

/**
 * The part of a body or a response that is kept.
 *
 * @param part which part of a long text is kept: of a stream, the gateway only has the end.
 * @returns undefined for bytes that are not UTF-8.
 */
export function keptText(bytes: Uint8Array, part: 'beginning' | 'end'): KeptText | undefined {
  try {
    if (bytes.byteLength <= MAX_KEPT_BYTES) return { text: maskCredentials(strictTextOf(bytes)) }
    const kept = part === 'beginning' ? beginningOf(bytes) : endOf(bytes)
    const missing = part === 'beginning' ? 'end' : 'beginning'
    return { text: maskCutCredentials(strictTextOf(kept), missing), cut: true }
  } catch {
    return undefined
  }
}

/** The newest of the requests, as many as are kept. */
export function newestKept(kept: readonly KeptRequest[]): KeptRequest[] {
  return kept.toSorted((one, other) => one.atMs - other.atMs).slice(-MAX_KEPT_REQUESTS)
}

function beginningOf(bytes: Uint8Array): Uint8Array {
  let end = MAX_KEPT_BYTES
  while (end > 0 && isInsideCharacter(bytes[end])) end--
  return bytes.subarray(0, end)
}

function endOf(bytes: Uint8Array): Uint8Array {
  let start = bytes.byteLength - MAX_KEPT_BYTES
  while (isInsideCharacter(bytes[start])) start++
  return bytes.subarray(start)
}

/** Whether a byte of UTF-8 continues a character. */
function isInsideCharacter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}
