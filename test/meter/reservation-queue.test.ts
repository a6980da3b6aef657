import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Verdict } from '../../src/meter/metering.ts'
import { METER_DEADLINE_MS, ORPHANED_MS, reserveAt } from '../../src/meter/reservation-queue.ts'
import { addSettled } from '../../src/meter/settlement-queue.ts'
import { NOTHING_SPENT } from '../../src/meter/spent.ts'
import { ALLOWED, allowAll, fakeMeters, REFUSED } from './fake-meters.ts'
import { NOON_MS, reservation } from './rig.ts'

let meterCount = 0
let meter: string
beforeEach(() => {
  vi.useFakeTimers()
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
  vi.stubGlobal('scheduler', { wait })
  meter = `key_${++meterCount}`
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function request(id: string) {
  return { limits: { requests_per_minute: 2 }, reservation: reservation({ id }) }
}

/** A meter whose calls wait until a test lets them go on. */
function heldMeters() {
  const open: PromiseWithResolvers<void>[] = []
  const fake = fakeMeters(async (_, requests) => {
    const held = Promise.withResolvers<void>()
    open.push(held)
    await held.promise
    return requests.map(({ reservation }) => (reservation.id === 'no' ? REFUSED : ALLOWED))
  })
  const names = () => fake.calls.filter(({ verb }) => verb === 'reserve').map((call) => call.names)
  return { ...fake, open, names }
}

describe('reservations of one isolate', () => {
  it('A reservation is sent at once if no call is running, and otherwise they gather.', async () => {
    const { context, open, names } = heldMeters()
    const verdicts = ['a', 'b', 'no', 'd'].map((id) => reserveAt(context, meter, request(id), true))
    expect(names()).toEqual([['a']])
    open[0]?.resolve()
    await vi.advanceTimersByTimeAsync(1)
    expect(names()).toEqual([['a'], ['b', 'no', 'd']])
    open[1]?.resolve()
    expect(await Promise.all(verdicts)).toEqual([ALLOWED, ALLOWED, REFUSED, ALLOWED])
    void reserveAt(context, meter, request('e'), true)
    expect(names()).toHaveLength(3)
  })

  it('Reservations gather for each meter separately.', () => {
    const { context, names } = heldMeters()
    void reserveAt(context, meter, request('a'), true)
    void reserveAt(context, `${meter}/ann`, request('b'), true)
    expect(names()).toEqual([['a'], ['b']])
  })

  it('Reservations take along the settlements of their meter.', async () => {
    const { context, calls } = fakeMeters()
    const charge = { atMs: NOON_MS, nowMs: NOON_MS, ...NOTHING_SPENT, tokens: 1, money: 1 }
    addSettled(context, meter, { reservation: 'earlier', ...charge })
    addSettled(context, `${meter}/ann`, { reservation: 'of another meter', ...charge })
    await reserveAt(context, meter, request('a'), true)
    await reserveAt(context, meter, request('b'), true)
    expect(calls).toEqual([
      { meter, verb: 'reserve', names: ['a'], along: ['earlier'] },
      { meter, verb: 'reserve', names: ['b'] },
    ])
  })

  it('Settlements move to a later call if theirs failed.', async () => {
    const { context, calls } = fakeMeters(async () => Promise.reject(new Error('broken')))
    const charge = { atMs: NOON_MS, nowMs: NOON_MS, ...NOTHING_SPENT, tokens: 1, money: 1 }
    addSettled(context, meter, { reservation: 'earlier', ...charge })
    await expect(reserveAt(context, meter, request('a'), false)).rejects.toThrow('broken')
    await vi.advanceTimersByTimeAsync(2000)
    expect(calls.at(-1)).toEqual({ meter, verb: 'settle', names: ['earlier'] })
  })

  it('Reservations are sent even if the request that was to send them has ended.', async () => {
    let calls = 0
    const fake = fakeMeters((name, requests) =>
      calls++ === 0 ? new Promise(() => undefined) : allowAll(name, requests),
    )
    void reserveAt(fake.context, meter, request('ended'), false).catch(() => undefined)
    const verdict = reserveAt(fake.context, meter, request('waiting'), true)
    await vi.advanceTimersByTimeAsync(ORPHANED_MS)
    expect(await verdict).toEqual(ALLOWED)
    expect(fake.calls.map(({ names }) => names)).toEqual([['ended'], ['waiting']])
  })
})

describe('a meter that does not respond', () => {
  it('P6: The meter is given up after the deadline.', async () => {
    const { context } = fakeMeters(() => new Promise(() => undefined))
    const verdict = expect(reserveAt(context, meter, request('a'), true)).rejects.toThrow('in time')
    await vi.advanceTimersByTimeAsync(METER_DEADLINE_MS)
    await verdict
  })

  it('Grants of the meter that may be lost are taken back, once for each request.', async () => {
    const { context, calls } = fakeMeters(async () => Promise.reject(new Error('Network connection lost.')))
    const verdicts = ['a', 'b'].map((id) => reserveAt(context, meter, request(id), true))
    await Promise.allSettled(verdicts)
    await vi.advanceTimersByTimeAsync(2000)
    const released = calls.filter(({ verb }) => verb === 'release').map(({ names }) => names)
    expect(released).toEqual([['a'], ['b']])
  })

  it('Grants of the meter that may be lost are kept if the request passed.', async () => {
    const { context, calls } = fakeMeters(async () => Promise.reject(new Error('broken')))
    await expect(reserveAt(context, meter, request('a'), false)).rejects.toThrow('broken')
    await vi.advanceTimersByTimeAsync(20_000)
    expect(calls.map(({ verb }) => verb)).toEqual(['reserve'])
  })

  it('Grants that come too late are taken back.', async () => {
    const late = Promise.withResolvers<Verdict[]>()
    const { context, calls } = fakeMeters(() => late.promise)
    const verdict = expect(reserveAt(context, meter, request('a'), true)).rejects.toThrow('in time')
    await vi.advanceTimersByTimeAsync(METER_DEADLINE_MS)
    await verdict
    expect(calls).toHaveLength(1)
    late.resolve([ALLOWED])
    await vi.advanceTimersByTimeAsync(0)
    expect(calls.at(-1)).toEqual({ meter, verb: 'release', names: ['a'] })
  })
})
