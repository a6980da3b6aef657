import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openEventStream, relayEventStream } from '../../src/upstream/stream.ts'
import type { StreamEnding } from '../../src/upstream/watcher.ts'

const encoder = new TextEncoder()

beforeEach(() => {
  // The runtime's class for a native pipe; a TransformStream without a transform behaves the same.
  vi.stubGlobal('IdentityTransformStream', TransformStream)
})
afterEach(() => void vi.unstubAllGlobals())

/** A stream that is written by hand. */
function upstreamOf() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, {
    highWaterMark: 100,
  })
  const writer = writable.getWriter()
  return {
    body: readable,
    write: (text: string) => writer.write(encoder.encode(text)),
    close: () => writer.close(),
    breakOff: () => writer.abort(new Error('gone')),
  }
}

/** Relays a stream whose first event did not come within no time at all. */
async function relaySlow(first: string) {
  const upstream = upstreamOf()
  if (first !== '') void upstream.write(first)
  const opening = await openEventStream(upstream.body, 10)
  const endings: [StreamEnding, string | undefined][] = []
  let begun = 0
  const relayed = relayEventStream(opening, upstream.body, {
    watcher: {
      see: () => undefined,
      ended: (ending, code) => void endings.push([ending, code]),
      keepAlive: () => undefined,
    },
    idle: { afterMs: 10_000, stalled: () => undefined },
    errorEvent: () => encoder.encode('\n\nevent:error\ndata:{}\n\n'),
    begun: () => begun++,
    isPartial: false,
  })
  return { opening, upstream, endings, begun: () => begun, text: new Response(relayed).text() }
}

describe('a stream whose first event is late', () => {
  it('The head and comments are passed on, and then everything else as it arrives.', async () => {
    const { opening, upstream, endings, begun, text } = await relaySlow(': heartbeat\n\n')
    expect(opening.kind).toBe('slow')
    void upstream.write(': heartbeat\n\n')
    expect(begun()).toBe(0)
    void upstream.write('data: {"choices":[]}\n\n')
    void upstream.close()
    expect(await text).toBe(': heartbeat\n\n: heartbeat\n\ndata: {"choices":[]}\n\n')
    await vi.waitFor(() => expect(endings).toEqual([['complete', undefined]]))
    expect(begun()).toBeGreaterThan(0)
  })

  it('A later error event is passed on as it arrives, and the stream counts as broken.', async () => {
    const { upstream, endings, text } = await relaySlow(': heartbeat\n\n')
    const error = 'event:error\ndata:{"code":"Throttling","message":"busy"}\n\n'
    void upstream.write(error)
    void upstream.close()
    expect(await text).toBe(`: heartbeat\n\n${error}`)
    await vi.waitFor(() => expect(endings).toEqual([['broken', 'Throttling']]))
  })

  it.each(['', ': heartbeat\n\n'])(
    'The stream ends with an error event if no event came after %j',
    async (first) => {
      const { upstream, endings, text } = await relaySlow(first)
      void upstream.close()
      expect(await text).toBe(`${first}\n\nevent:error\ndata:{}\n\n`)
      await vi.waitFor(() => expect(endings).toEqual([['broken', undefined]]))
    },
  )

  it('The stream ends with an error event if the connection breaks.', async () => {
    const { upstream, endings, text } = await relaySlow(': heartbeat\n\n')
    void upstream.breakOff()
    expect(await text).toMatch(/event:error\ndata:\{\}\n\n$/)
    await vi.waitFor(() => expect(endings).toEqual([['broken', undefined]]))
  })
})

it('The first event decides if it arrives in time.', async () => {
  const upstream = upstreamOf()
  void upstream.write(': heartbeat\n\n')
  setTimeout(() => void upstream.write('data: {"error":{"code":"limit_requests"}}\n\n'), 5)
  const opening = await openEventStream(upstream.body, 5000)
  expect(opening).toMatchObject({ kind: 'opened', first: { kind: 'error', status: 429 } })
})
