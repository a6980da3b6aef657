/** Larger bodies are cut off: their callers learn of the refusal by the broken connection, if they do not read while they send. */
const MAX_UNREAD_BYTES = 64 * 1024

/** How long a refusal waits for the body. A caller that sends its body only after the response gets it then. */
const PATIENCE_MS = 3000

/**
 * Reads the body of a request that is refused before it was read. If the response were sent first, the runtime would close
 * the connection under the body, and a client that is still sending would report a broken pipe in place of the refusal
 * (RFC 9112 section 9.6). Bounded in bytes and time, so that a refused caller gains nothing by a long or slow body.
 */
export async function readUnreadBody({ body, bodyUsed, headers }: Request): Promise<void> {
  if (body === null || bodyUsed || body.locked) return
  if (Number(headers.get('content-length') ?? 0) > MAX_UNREAD_BYTES) return
  const reader = body.getReader()
  const patience = new AbortController()
  const tooLong = scheduler.wait(PATIENCE_MS, { signal: patience.signal }).then(
    () => undefined,
    () => undefined,
  )
  let bytes = 0
  while (bytes <= MAX_UNREAD_BYTES) {
    const read = await Promise.race([reader.read().catch(() => undefined), tooLong])
    if (read === undefined || read.done) break
    bytes += read.value.byteLength
  }
  patience.abort()
  // Not awaited: a body that has stalled would hold the refusal up.
  void reader.cancel().catch(() => undefined)
}
