/** Larger bodies are cut off: callers that do not read while they send see only a broken connection. */
const MAX_UNREAD_BYTES = 64 * 1024

/** How long a refusal waits for the body; for callers that wait for the response before they send the body. */
const PATIENCE_MS = 3000

/**
 * Reads the body of a request that was refused before its body was read. Otherwise the runtime would close the
 * connection while the client is still sending, and the client would report a broken pipe instead of the refusal (RFC
 * 9112 section 9.6). Bytes and time are limited, so that long or slow bodies cannot hold resources.
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
  // Not awaited: a stalled body would delay the refusal.
  void reader.cancel().catch(() => undefined)
}
