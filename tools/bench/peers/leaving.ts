import { scheduler } from 'node:timers/promises'
import type { Backend } from './backend-client.ts'
import { openStream } from './open-stream.ts'
import { type Route, wireRequest } from './route.ts'
import type { NextNumber } from './throughput.ts'

/** The time after which an upstream connection counts as not aborted. */
export const LEAVING_DEADLINE_MS = 2000

/** Consecutive streams that a contender may fail to abort before it is skipped. */
const PATIENCE = 3

/** The delay between the first event and the caller's leaving, so that the start of the stream is finished. */
const STAY_MS = 30

/** The state of the stream when its caller leaves. */
export interface Flow {
  name: string
  everyMs: number
}

/**
 * A thinking model sends nothing: a gateway that detects a left caller only when writing lets it continue, at the
 * operator's cost.
 */
export const FLOWS: readonly [Flow, Flow] = [
  { name: 'between events 10 s apart', everyMs: 10_000 },
  { name: 'between events 20 ms apart', everyMs: 20 },
]

/** Events of a stream: more than it can send before the deadline. */
const EVENTS = 1000

/**
 * Measures callers that leave mid-stream with a reset, in turns through all contenders.
 *
 * @returns for each contender the milliseconds from the reset to the upstream connection's close; Infinity if it was
 *   still open at the deadline.
 */
export async function timesToAbort(
  routes: readonly Route[],
  flow: Flow,
  turns: number,
  backend: Backend,
  next: NextNumber,
): Promise<number[][]> {
  const times = routes.map((): number[] => [])
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, route] of routes.entries()) {
      const own = times[index] ?? []
      if (own.length >= PATIENCE && own.slice(-PATIENCE).every((each) => each === Number.POSITIVE_INFINITY)) {
        continue
      }
      own.push(await leave(route, flow, backend, next()))
    }
  }
  return times
}

async function leave(route: Route, { everyMs }: Flow, backend: Backend, number: number): Promise<number> {
  const question = { number, events: EVENTS, everyMs, delayMs: 0 }
  const socket = await openStream(route.port, wireRequest(route, question))
  await scheduler.wait(STAY_MS)
  const leftAt = process.hrtime.bigint()
  socket.resetAndDestroy()
  const abortedAt = await backend.left(number, LEAVING_DEADLINE_MS)
  return abortedAt === undefined ? Number.POSITIVE_INFINITY : Number(abortedAt - leftAt) / 1e6
}
