import { fingerprintOf } from '../lib/fingerprint.ts'
import { CallAbort, type CallSignal } from '../upstream/call-signal.ts'
import type { UpstreamResponse, WholeResponse } from '../upstream/response.ts'

/**
 * After the leader's caller has left, a request that shares its call waits this long, then sends its own. Workers end
 * the work of a request 30 s after its caller has left.
 */
const ORPHANED_FLIGHT_SECONDS = 25

/**
 * One upstream call that several requests of this isolate wait for. Only plain data and promises cross from one
 * request to another: Workers forbid access to another request's streams, fetches and timers.
 */
interface Flight {
  key: string
  response: Promise<UpstreamResponse>
  waiting: number
  /** Settled when no request waits any more; the leader then aborts its call. */
  abandoned: PromiseWithResolvers<void>
  /** Settled when the leader's caller has left. */
  orphaned: PromiseWithResolvers<void>
}

/** Flights by the fingerprint of their key. Of two with the same one, only the later can be joined. */
const flights = new Map<number, Flight>()

/** Whether an identical request is in progress. */
export function isInFlight(flightKey: string): boolean {
  return findFlight(flightKey) !== undefined
}

function findFlight(key: string): Flight | undefined {
  const flight = flights.get(fingerprintOf(key))
  return flight?.key === key ? flight : undefined
}

/**
 * Waits for the response to an identical request in progress (promise P5).
 *
 * When that request's caller leaves, its call continues, but the runtime ends it 30 s later; shortly before that,
 * this request stops waiting.
 *
 * @param caller aborted when this request's caller leaves.
 * @returns the response; undefined if it cannot be shared and this request must be sent itself.
 * @throws what the other request's call threw, or an abort error as soon as this request's caller has left.
 */
export async function joinFlight(flightKey: string, caller: AbortSignal): Promise<WholeResponse | undefined> {
  const flight = findFlight(flightKey)
  if (!flight) return undefined
  flight.waiting++
  let isWaiting = true
  const stopWaiting = () => {
    if (isWaiting) leave(flight)
    isWaiting = false
  }
  const left = Promise.withResolvers<never>()
  const forgetCaller = whenLeft(caller, () => {
    stopWaiting()
    left.reject(caller.reason)
  })
  const givenUp = flight.orphaned.promise
    .then(() => scheduler.wait(ORPHANED_FLIGHT_SECONDS * 1000))
    .then(() => {
      forget(flight)
      stopWaiting()
    })
  const response = await Promise.race([flight.response, givenUp, left.promise]).finally(forgetCaller)
  return response?.kind === 'whole' ? response : undefined
}

/**
 * Fetches the response for all identical requests that arrive meanwhile. The call continues after the leader's caller
 * has left as long as another request waits, and is aborted when no request does.
 *
 * The leader must be kept alive (`ctx.waitUntil`) until it has the response, even if its caller has left.
 *
 * @param call sends the request upstream; its signal is aborted when no request waits any more.
 */
export async function leadFlight(
  flightKey: string,
  caller: AbortSignal,
  call: (signal: CallSignal) => Promise<UpstreamResponse>,
): Promise<UpstreamResponse> {
  const abort = new CallAbort()
  const abandoned = Promise.withResolvers<void>()
  const lead = async () => {
    try {
      const fresh = await call(abort)
      if (fresh.kind === 'whole') forgetCaller()
      return fresh
    } finally {
      forget(flight)
    }
  }
  const response = lead()
  const orphaned = Promise.withResolvers<void>()
  const flight: Flight = { key: flightKey, response, waiting: 1, abandoned, orphaned }
  flights.set(fingerprintOf(flightKey), flight)
  void abandoned.promise.then(() => abort.abort())
  const forgetCaller = whenLeft(caller, () => {
    flight.orphaned.resolve()
    leave(flight)
  })
  return response
}

/**
 * `abort` does not fire for a listener added after the signal was aborted.
 *
 * @returns a function that stops waiting for the caller to leave; a listener keeps the request in memory.
 */
function whenLeft(caller: AbortSignal, act: () => void): () => void {
  if (caller.aborted) act()
  else caller.addEventListener('abort', act)
  return () => caller.removeEventListener('abort', act)
}

/** A `no-cache` request may have replaced this flight; delete only this one. */
function forget(flight: Flight): void {
  if (findFlight(flight.key) === flight) flights.delete(fingerprintOf(flight.key))
}

/** A flight that no request waits for is about to be aborted, so later requests must not join it. */
function leave(flight: Flight): void {
  flight.waiting--
  if (flight.waiting > 0) return
  forget(flight)
  flight.abandoned.resolve()
}
