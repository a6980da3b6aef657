import { scheduler } from 'node:timers/promises'
import type { Exchange } from '../connection.ts'
import { AFTER_RESPONSE_MS, CONNECTIONS, load } from '../load.ts'
import { straysIn } from '../strays.ts'
import { treeCpuMicroseconds } from './process-tree.ts'
import { type Route, wireRequest } from './route.ts'

/** Returns numbers of new questions. */
export type NextNumber = () => number

/** One contender under load in one round. */
export interface Burst {
  /** Requests a second. */
  perSecond: number
  /** CPU time a request; undefined for the direct way, and if the system does not tell. */
  cpuMicroseconds: number | undefined
}

/** The duration, the number of callers, and the content of each request. */
export interface BurstOptions {
  seconds: number
  callers?: number
  events?: number
  everyMs?: number
}

/** The number of the repeated question. */
const REPEATED_NUMBER = 1

/**
 * Puts a contender under load.
 *
 * @throws Error if responses are not 200, or not the expected ones.
 */
export async function burst(route: Route, next: NextNumber, options: BurstOptions): Promise<Burst> {
  const { seconds, callers = CONNECTIONS, events = 0, everyMs = 1 } = options
  const cpuBefore = cpuOf(route)
  const { exchanges, perSecond, requests } = await load({
    pid: route.pid ?? process.pid,
    port: route.port,
    connections: callers,
    mayGoOn: (_sent, elapsedMs) => elapsedMs < seconds * 1000,
    request: () => {
      const number = route.isRepeated ? REPEATED_NUMBER : next()
      return wireRequest(route, { number, events, everyMs, delayMs: 0 })
    },
    check: (exchange) => checkResponse(route, exchange),
  })
  const cpuAfter = cpuOf(route)
  if (route.cacheStatus) checkCache(route, route.cacheStatus, exchanges)
  return {
    perSecond,
    cpuMicroseconds:
      cpuBefore === undefined || cpuAfter === undefined ? undefined : (cpuAfter - cpuBefore) / requests,
  }
}

/**
 * Warms every contender, then puts them under load in turns, so that other load affects all of them.
 *
 * @returns the bursts of each contender, by round.
 */
export async function inTurns(
  routes: readonly Route[],
  rounds: number,
  measure: (route: Route) => Promise<Burst>,
): Promise<Burst[][]> {
  const bursts = routes.map((): Burst[] => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [index, route] of routes.entries()) {
      const measured = await measure(route)
      // The first round is the warm-up: runtimes compile, connections are opened, the response to the repeated
      // question is cached.
      if (round > 0) bursts[index]?.push(measured)
      else await scheduler.wait(AFTER_RESPONSE_MS)
    }
  }
  return bursts
}

function cpuOf({ pid }: Route): number | undefined {
  return pid === undefined ? undefined : treeCpuMicroseconds(pid)
}

function checkResponse({ name }: Route, { status, bodyBytes }: Exchange): void {
  if (status !== 200 || bodyBytes === 0) {
    throw new Error(`${name} answered with status ${status} and ${bodyBytes} bytes.`)
  }
}

function checkCache({ name }: Route, wanted: RegExp, exchanges: readonly Exchange[]): void {
  const others = straysIn(exchanges, wanted)
  if (others.length === 0) return
  throw new Error(
    `${others.length} of ${exchanges.length} answers are not what "${name}" is about; their Cache-Status says: ${others[0]}`,
  )
}
