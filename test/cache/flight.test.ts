import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { isInFlight, joinFlight, leadFlight } from '../../src/cache/flight.ts'
import type { WholeResponse } from '../../src/upstream/response.ts'

const RESPONSE: WholeResponse = { kind: 'whole', status: 200, headers: [], body: new Uint8Array(2) }

afterEach(() => vi.unstubAllGlobals())

/** A flight whose call ends on demand, or is aborted. */
function fly(key: string) {
  const leader = new AbortController()
  const call = Promise.withResolvers<WholeResponse>()
  let isAborted = false
  const led = leadFlight(key, leader.signal, (signal) => {
    signal.addEventListener('abort', () => {
      isAborted = true
      call.reject(new Error('aborted'))
    })
    return call.promise
  })
  led.catch(() => undefined)
  return { leader, land: () => call.resolve(RESPONSE), isAborted: () => isAborted }
}

it('A shared call goes on for the waiting callers when its leader leaves, and ends when the last caller leaves.', async () => {
  vi.stubGlobal('scheduler', { wait: () => new Promise(() => undefined) })
  const { leader, isAborted } = fly('a')
  const [one, other] = [new AbortController(), new AbortController()]
  const waiting = [joinFlight('a', one.signal), joinFlight('a', other.signal)]
  leader.abort()
  one.abort()
  await expect(waiting[0]).rejects.toThrow()
  expect(isAborted()).toBe(false)
  other.abort()
  await expect(waiting[1]).rejects.toThrow()
  expect(isAborted()).toBe(true)
})

it('A shared call is aborted when its last caller leaves, because its response would be paid for and not read.', async () => {
  vi.stubGlobal('scheduler', { wait: () => Promise.resolve() })
  const { leader, isAborted } = fly('b')
  const caller = new AbortController()
  const waiting = joinFlight('b', caller.signal)
  leader.abort()
  expect(await waiting).toBeUndefined()
  expect(isAborted()).toBe(true)
})

it('A call that its last caller has just left is not joined, because it is about to be aborted.', async () => {
  vi.stubGlobal('scheduler', { wait: () => new Promise(() => undefined) })
  const { leader } = fly('left')
  const caller = new AbortController()
  const waiting = joinFlight('left', caller.signal)
  leader.abort()
  expect(isInFlight('left')).toBe(true)
  caller.abort()
  expect(isInFlight('left')).toBe(false)
  expect(await joinFlight('left', new AbortController().signal)).toBeUndefined()
  await expect(waiting).rejects.toThrow()
})

it('A caller that gives up and then leaves is counted once.', async () => {
  const wait = vi.fn(() => new Promise(() => undefined)).mockResolvedValueOnce(undefined)
  vi.stubGlobal('scheduler', { wait })
  const { leader, isAborted, land } = fly('c')
  const [impatient, patient] = [new AbortController(), new AbortController()]
  const first = joinFlight('c', impatient.signal)
  leader.abort()
  const second = joinFlight('c', patient.signal)
  expect(await first).toBeUndefined()
  impatient.abort()
  expect(isAborted()).toBe(false)
  land()
  expect(await second).toBe(RESPONSE)
})

it('P7 Keys with the same fingerprint never share a call.', async () => {
  // As in Java's hash of strings, which the fingerprint resembles.
  const one = fly('Aa')
  expect([isInFlight('Aa'), isInFlight('BB')]).toEqual([true, false])
  expect(await joinFlight('BB', new AbortController().signal)).toBeUndefined()
  const other = fly('BB')
  expect([isInFlight('Aa'), isInFlight('BB')]).toEqual([false, true])
  one.land()
  await setTimeout()
  expect(isInFlight('BB')).toBe(true)
  other.land()
})
