/** How often the copy of a stream is read, and how much of it at a time. */
const LOOK_MS = 1000
const LOOK_BYTES = 64 * 1024

/**
 * The minimum for a stream whose usage is counted: it is piped to the caller natively, through a writable side where an
 * error event could be added, and a copy of it is read once a second and at its end. No status is held back, no line is
 * parsed, and a broken stream stays unnoticed.
 */
export default {
  async fetch(request, env, context) {
    const response = await fetch(new Request(env.UPSTREAM + new URL(request.url).pathname, request))
    const [callers, copy] = response.body.tee()
    const { readable, writable } = new IdentityTransformStream()
    context.waitUntil(
      callers.pipeTo(writable, { preventAbort: true, preventClose: true }).then(() => writable.close()),
    )
    context.waitUntil(read(copy.getReader({ mode: 'byob' })))
    return new Response(readable, response)
  },
}

async function read(reader) {
  for (;;) {
    await scheduler.wait(LOOK_MS)
    const { done } = await reader.read(new Uint8Array(LOOK_BYTES))
    if (done) return
  }
}
