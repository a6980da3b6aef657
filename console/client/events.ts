/** One server-sent event (HTML Living Standard, "Server-sent events"). */
export interface ServerSentEvent {
  /** The field `event`; `message` if there is none. */
  event: string
  /** The lines of the field `data`, joined by line feeds. */
  data: string
}

/**
 * Splits a stream into server-sent events. An event without its blank line at the end of the stream is dropped, as
 * the standard requires.
 *
 * @param body the body of a response of type text/event-stream.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      text += value
      // A carriage return at the end may be half of a line break.
      const complete = text.endsWith('\r') ? text.slice(0, -1) : text
      const blocks = complete.split(/\r\n\r\n|\n\n|\r\r/)
      text = (blocks.pop() ?? '') + text.slice(complete.length)
      for (const block of blocks) {
        const event = parseEvent(block)
        if (event) yield event
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function parseEvent(block: string): ServerSentEvent | undefined {
  let event = 'message'
  const data: string[] = []
  for (const line of block.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':')
    if (colon === 0) continue
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') event = value
    else if (field === 'data') data.push(value)
  }
  return data.length > 0 ? { event, data: data.join('\n') } : undefined
}
