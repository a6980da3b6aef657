// Created once: for a short text, a new decoder costs more than decoding.
const decoder = new TextDecoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
const encoder = new TextEncoder()

/** The text of UTF-8 bytes, without a byte order mark; invalid bytes become U+FFFD (WHATWG Encoding). */
export function textOf(bytes: Uint8Array | undefined): string {
  return decoder.decode(bytes)
}

/**
 * Decodes UTF-8 strictly.
 *
 * @throws TypeError for invalid UTF-8.
 */
export function strictTextOf(bytes: Uint8Array): string {
  return strictDecoder.decode(bytes)
}

/** Encodes text as UTF-8. TextEncoder never returns shared memory, although its type allows it. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text) as Uint8Array<ArrayBuffer>
}
