import { PAST_CACHE, type RequestParts, streamRequest, THROUGHPUT_CASES, wireForm } from './cases.ts'
import type { Gateway } from './config.ts'
import { openConnection } from './connection.ts'
import type { Rig } from './rig.ts'
import { type Spread, spread } from './statistics.ts'

/** Milliseconds to the first byte of the body, one request at a time. */
export interface FirstByte {
  name: string
  bare: Spread
  gateway: Spread
  /** Median of the differences between neighbours. */
  added: Spread
}

/** The plain path of a stream: usage is not counted, and the cache is not used. */
export const PLAIN_STREAM = 'stream, past the cache'

/** Warm-up requests, in which V8 compiles the hot code. */
const WARM_UP_REQUESTS = 100

const order = (number: number) => ({ number, frames: 2, everyMs: 1, openTogether: 0 })

/** Calls both Workers alternately, `count` times each, on one connection each. */
export async function compareFirstByte(rig: Rig, count: number): Promise<FirstByte[]> {
  const kinds: { name: string; gateway?: Gateway; request: (number: number) => RequestParts }[] = [
    ...THROUGHPUT_CASES.map((kind) => ({
      ...kind,
      request: (number: number) => kind.request(number, rig.credentials[kind.credential]),
    })),
    { name: 'stream', request: (number) => streamRequest(rig.credentials.clientKey, order(number)) },
    {
      name: PLAIN_STREAM,
      request: (number) => streamRequest(rig.credentials.unmeteredKey, order(number), PAST_CACHE),
    },
  ]
  const results: FirstByte[] = []
  for (const { name, gateway: asked = 'gateway', request } of kinds) {
    const [bare, gateway] = await Promise.all([
      openConnection(rig.ports.bare),
      openConnection(rig.ports[asked]),
    ])
    const times: { bare: number[]; gateway: number[] } = { bare: [], gateway: [] }
    for (let index = -WARM_UP_REQUESTS; index < count; index++) {
      // Far from the numbers of the throughput requests, whose responses are already cached.
      const text = wireForm(request(1_000_000_000 + index))
      const [own, others] = [await gateway.send(text), await bare.send(text)]
      if (index < 0) continue
      times.gateway.push(own.firstByteMs)
      times.bare.push(others.firstByteMs)
    }
    const added = times.gateway.map((each, index) => each - (times.bare[index] ?? Number.NaN))
    results.push({ name, bare: spread(times.bare), gateway: spread(times.gateway), added: spread(added) })
    bare.close()
    gateway.close()
  }
  return results
}
