// Made once: making them for every text costs more than reading a short one.
const decoder = new TextDecoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
const encoder = new TextEncoder()

/** The text of UTF-8 bytes, without a byte order mark; what is no UTF-8 becomes U+FFFD (WHATWG Encoding). */
export function textOf(bytes: Uint8Array | undefined): string {
  return decoder.decode(bytes)
}

/**
 * The same for bytes that must be right.
 *
 * @throws TypeError for what is no UTF-8.
 */
export function strictTextOf(bytes: Uint8Array): string {
  return strictDecoder.decode(bytes)
}

/** A text as UTF-8; what TextEncoder makes is never shared memory, which its type leaves open. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text) as Uint8Array<ArrayBuffer>
}
