import type { UpstreamResponse, WholeResponse } from '../upstream/response.ts'

/** A caller that shares another's upstream call waits this long after that other one left, then asks by itself.
 *  Workers end the work of a request 30 s after its caller has gone. */
const ORPHANED_FLIGHT_SECONDS = 25

/**
 * One upstream call that several requests of this isolate wait for. Only plain data and promises cross from one request
 * to another: Workers forbid to touch another request's streams, fetches and timers.
 */
interface Flight {
  answer: Promise<UpstreamResponse>
  waiting: number
  /** Settled when no request waits any more; the request that asked then aborts its call. */
  abandoned: PromiseWithResolvers<void>
  /** Settled when the request that asked has lost its caller. */
  orphaned: PromiseWithResolvers<void>
}

const flights = new Map<string, Flight>()

/** Whether the same question is on its way already. */
export function isInFlight(key: string): boolean {
  return flights.has(key)
}

/**
 * Waits for the answer to the same question that another request is already asking (promise P5).
 *
 * When that request's caller leaves, its call continues, but a Worker ends it 30 s later; shortly before that we stop
 * waiting.
 *
 * @param caller aborted when our caller leaves.
 * @returns the answer, or undefined if it cannot be shared and we have to ask ourselves.
 * @throws what the other request's call threw, and as soon as our caller has left.
 */
export async function joinFlight(key: string, caller: AbortSignal): Promise<WholeResponse | undefined> {
  const flight = flights.get(key)
  if (!flight) return undefined
  flight.waiting++
  let isWaiting = true
  const stopWaiting = () => {
    if (isWaiting) leave(flight)
    isWaiting = false
  }
  const left = Promise.withResolvers<never>()
  whenLeft(caller, () => {
    stopWaiting()
    left.reject(caller.reason)
  })
  const givenUp = flight.orphaned.promise
    .then(() => scheduler.wait(ORPHANED_FLIGHT_SECONDS * 1000))
    .then(() => {
      forget(key, flight)
      stopWaiting()
    })
  const answer = await Promise.race([flight.answer, givenUp, left.promise])
  return answer?.kind === 'whole' ? answer : undefined
}

/**
 * Asks for everybody who comes with the same question before the answer is there. The call outlives our own caller as long
 * as another request waits, and is aborted when none does.
 *
 * The request that asks must be kept going (`ctx.waitUntil`) until it has the answer, even when its caller has left.
 *
 * @param call asks upstream; its signal is aborted when no request waits any more.
 */
export async function leadFlight(
  key: string,
  caller: AbortSignal,
  call: (signal: AbortSignal) => Promise<UpstreamResponse>,
): Promise<UpstreamResponse> {
  const abort = new AbortController()
  const abandoned = Promise.withResolvers<void>()
  const answer = call(abort.signal).finally(() => {
    forget(key, flight)
  })
  const flight: Flight = { answer, waiting: 1, abandoned, orphaned: Promise.withResolvers<void>() }
  flights.set(key, flight)
  void abandoned.promise.then(() => abort.abort())
  whenLeft(caller, () => {
    flight.orphaned.resolve()
    leave(flight)
  })
  return answer
}

/** `abort` does not fire for a listener added after the signal was aborted. */
function whenLeft(caller: AbortSignal, act: () => void): void {
  if (caller.aborted) act()
  else caller.addEventListener('abort', act)
}

/** A `no-cache` request may have replaced this flight; delete only our own. */
function forget(key: string, flight: Flight): void {
  if (flights.get(key) === flight) flights.delete(key)
}

function leave(flight: Flight): void {
  flight.waiting--
  if (flight.waiting === 0) flight.abandoned.resolve()
}
