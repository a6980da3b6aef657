import { openConnection } from '../connection.ts'
import { type Route, wireRequest } from './route.ts'
import type { NextNumber } from './throughput.ts'

/** Short streams, one at a time: the measurement ends with the first event. */
const EVENTS = 2

/** Warm-up requests, in which runtimes compile the hot code. */
const WARM_UP_REQUESTS = 100

/**
 * Requests streams from all contenders in turns, on one connection each.
 *
 * @param direct the baseline, whose time is subtracted from the others' of the same turn.
 * @returns the added milliseconds of each other contender, by turn.
 */
export async function addedToFirstEvent(
  direct: Route,
  others: readonly Route[],
  turns: number,
  next: NextNumber,
): Promise<number[][]> {
  const routes = [direct, ...others]
  const connections = await Promise.all(routes.map(({ port }) => openConnection(port)))
  const added = others.map((): number[] => [])
  for (let turn = 0; turn < WARM_UP_REQUESTS + turns; turn++) {
    const times: number[] = []
    for (const [index, route] of routes.entries()) {
      const question = { number: next(), events: EVENTS, everyMs: 1, delayMs: 0 }
      const exchange = await connections[index]?.send(wireRequest(route, question))
      if (exchange?.status !== 200)
        throw new Error(`${route.name} answered a stream with ${exchange?.status}.`)
      times.push(exchange.firstByteMs)
    }
    const [own = Number.NaN, ...rest] = times
    if (turn >= WARM_UP_REQUESTS) for (const [index, each] of rest.entries()) added[index]?.push(each - own)
  }
  for (const connection of connections) connection.close()
  return added
}
