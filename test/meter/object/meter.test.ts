import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Limits } from '../../../src/policy/key-record.ts'
import {
  caller,
  type MeterCall,
  type MeterRig,
  NOON_MS,
  remaining,
  reservation,
  startMeterRig,
  usage,
  usageRows,
} from '../rig.ts'

let rig: MeterRig

beforeAll(async () => {
  rig = await startMeterRig()
})

afterAll(() => rig?.stop())

describe('a meter under load', () => {
  it.each<[string, Limits]>([
    ['requests per minute', { requests_per_minute: 100 }],
    ['tokens per minute', { tokens_per_minute: 1000 }],
    ['requests in flight', { requests_in_flight: 100 }],
    ['tokens per day', { tokens_per_day: 1000 }],
    ['money per month', { money_per_month: 0.002 }],
  ])('Exactly 100 of 1,000 simultaneous requests pass with a limit on %s', async (_, limits) => {
    const principal = caller(limits)
    const batch = (): MeterCall[] =>
      Array.from({ length: 50 }, () => ({ action: 'reserve', args: [principal, reservation(), 'refuse'] }))
    const responses = await Promise.all(Array.from({ length: 20 }, () => rig.call(batch())))
    const verdicts = responses.flat()
    expect(verdicts).toHaveLength(1000)
    expect(verdicts.filter((verdict) => verdict?.allowed)).toHaveLength(100)
  })

  it('Exactly the allowed number passes if both the key and its user have limits.', async () => {
    const principal = caller({ requests_per_minute: 30 }, { user: 'ann' }, { requests_per_minute: 20 })
    const batch = (): MeterCall[] =>
      Array.from({ length: 20 }, () => ({ action: 'reserve', args: [principal, reservation(), 'refuse'] }))
    const verdicts = (await Promise.all(Array.from({ length: 5 }, () => rig.call(batch())))).flat()
    expect(verdicts.filter((verdict) => verdict?.allowed).length).toBeLessThanOrEqual(20)
    // What one meter granted and the other refused was given back: the key has room for exactly the others.
    const granted = verdicts.filter((verdict) => verdict?.allowed).length
    const others = { ...principal, user: 'bob' }
    const rest = await rig.call(
      Array.from({ length: 40 }, () => ({ action: 'reserve', args: [others, reservation(), 'refuse'] })),
    )
    expect(rest.filter((verdict) => verdict?.allowed).length + granted).toBeLessThanOrEqual(30)
    expect(rest.some((verdict) => verdict?.allowed)).toBe(true)
  })
})

describe('the window of a minute', () => {
  it('The window slides: a request counts for sixty seconds from its own moment.', async () => {
    const principal = caller({ requests_per_minute: 2 })
    expect((await rig.reserve(principal, { nowMs: NOON_MS })).allowed).toBe(true)
    expect((await rig.reserve(principal, { nowMs: NOON_MS + 30_000 })).allowed).toBe(true)
    const refused = await rig.reserve(principal, { nowMs: NOON_MS + 59_999 })
    expect(refused).toMatchObject({ allowed: false, kind: 'rate', retryAfterSeconds: 1 })
    expect((await rig.reserve(principal, { nowMs: NOON_MS + 60_000 })).allowed).toBe(true)
    expect(await rig.reserve(principal, { nowMs: NOON_MS + 60_001 })).toMatchObject({ retryAfterSeconds: 30 })
  })

  it('The window does not go backwards with a clock that is late.', async () => {
    const principal = caller({ requests_per_minute: 1 })
    expect((await rig.reserve(principal, { nowMs: NOON_MS })).allowed).toBe(true)
    expect((await rig.reserve(principal, { nowMs: NOON_MS - 300_000 })).allowed).toBe(false)
  })

  it('Real tokens count once a request is settled.', async () => {
    const principal = caller({ tokens_per_minute: 100 })
    await rig.reserve(principal, { id: 'large', tokens: 90 })
    expect((await rig.reserve(principal, { tokens: 20 })).allowed).toBe(false)
    await rig.settle(principal, { reservation: 'large', usage: usage(30, 20) })
    const verdict = await rig.reserve(principal, { tokens: 50 })
    expect(verdict.allowed).toBe(true)
    expect(remaining(verdict, 'tokens_per_minute')).toBe(0)
  })
})

describe('a reservation', () => {
  it('A reservation is in flight until it is settled.', async () => {
    const principal = caller({ requests_in_flight: 1 })
    await rig.reserve(principal, { id: 'one' })
    expect(await rig.reserve(principal)).toMatchObject({ allowed: false, limit: 'requests_in_flight' })
    await rig.settle(principal, { reservation: 'one', ending: 'left' })
    expect((await rig.reserve(principal)).allowed).toBe(true)
  })

  it('An expired reservation is no longer in flight, and stays charged with its estimate.', async () => {
    const principal = caller({ requests_in_flight: 1, tokens_per_day: 100 })
    await rig.reserve(principal, { tokens: 60, expiresMs: NOON_MS + 5000 })
    expect((await rig.reserve(principal, { nowMs: NOON_MS + 4999 })).allowed).toBe(false)
    expect(await rig.reserve(principal, { nowMs: NOON_MS + 5000, tokens: 50 })).toMatchObject({
      limit: 'tokens_per_day',
    })
    const verdict = await rig.reserve(principal, { nowMs: NOON_MS + 5000, tokens: 30 })
    expect(verdict.allowed).toBe(true)
    expect(remaining(verdict, 'tokens_per_day')).toBe(10)
  })

  it('An expired reservation is still corrected by a late settlement.', async () => {
    const principal = caller({ tokens_per_day: 100 })
    await rig.reserve(principal, { id: 'late', tokens: 90, expiresMs: NOON_MS + 5000 })
    const nowMs = NOON_MS + 7_200_000
    await rig.settle(principal, { reservation: 'late', nowMs, startedMs: NOON_MS, usage: usage(5, 5) })
    expect(remaining(await rig.reserve(principal, { nowMs, tokens: 10 }), 'tokens_per_day')).toBe(80)
  })

  it('A second settlement changes neither the charge nor the usage.', async () => {
    const principal = caller({ tokens_per_day: 100 })
    await rig.reserve(principal, { id: 'twice', tokens: 50 })
    const settled = { reservation: 'twice', usage: usage(10, 10) }
    await Promise.all([rig.settle(principal, settled), rig.settle(principal, settled)])
    expect(remaining(await rig.reserve(principal, { tokens: 10 }), 'tokens_per_day')).toBe(70)
    expect(await report(principal.keyId)).toMatchObject({ requests: 1, input_tokens: 10 })
  })

  it('A reservation is settled once even if only the meter of the end user has it, or no meter.', async () => {
    const principal = caller(undefined)
    const settled = { reservation: 'elsewhere', usage: usage(10, 10) }
    await rig.settle(principal, settled)
    await rig.settle(principal, settled)
    expect(await report(principal.keyId)).toMatchObject({ requests: 1, input_tokens: 10 })
  })

  it('A reservation that comes after its settlement charges nothing, and others of its call are decided.', async () => {
    const principal = caller({ tokens_per_day: 100, requests_in_flight: 1 })
    await rig.settle(principal, { reservation: 'ended', usage: usage(30, 20) })
    expect((await rig.reserve(principal, { id: 'ended', tokens: 40 })).allowed).toBe(true)
    expect(remaining(await rig.reserve(principal, { tokens: 10 }), 'tokens_per_day')).toBe(40)
  })

  it('A released reservation does not count, and can be released only once.', async () => {
    const token = { id: 'session', expires: NOON_MS / 1000 + 900, budget: { requests: 2, tokens: 100 } }
    const principal = caller(
      { requests_per_minute: 2, tokens_per_day: 100, requests_in_flight: 2 },
      { token },
    )
    await rig.reserve(principal, { id: 'released', tokens: 50 })
    await rig.release(principal, 'released')
    await rig.release(principal, 'released')
    await rig.settle(principal, { reservation: 'unknown', usage: usage(0, 0), ending: 'refused' })
    const verdict = await rig.reserve(principal, { tokens: 10 })
    expect(verdict.states.map(({ name, remaining }) => [name, remaining])).toEqual([
      ['requests_per_minute', 1],
      ['requests_in_flight', 1],
      ['tokens_per_day', 90],
      ['token_requests', 1],
      ['token_tokens', 90],
    ])
  })

  it('A settled reservation cannot be released.', async () => {
    const principal = caller({ tokens_per_day: 100 })
    await rig.reserve(principal, { id: 'used', tokens: 50 })
    await rig.settle(principal, { reservation: 'used', usage: usage(30, 20) })
    await rig.release(principal, 'used')
    expect(remaining(await rig.reserve(principal, { tokens: 10 }), 'tokens_per_day')).toBe(40)
  })
})

describe('a meter that was restarted', () => {
  it('The meter knows the last minute, the requests in flight and the budgets when it starts again.', async () => {
    const limits = {
      requests_per_minute: 4,
      tokens_per_minute: 100,
      requests_in_flight: 2,
      tokens_per_day: 100,
    }
    const principal = caller(limits)
    await rig.reserve(principal, { id: 'settled', nowMs: NOON_MS - 30_000, tokens: 50 })
    await rig.settle(principal, { reservation: 'settled', usage: usage(10, 10) })
    await rig.reserve(principal, { id: 'open', nowMs: NOON_MS, tokens: 30 })
    await rig.restart()
    const verdict = await rig.reserve(principal, { nowMs: NOON_MS + 1, tokens: 5 })
    expect(verdict.states.map((state) => state.remaining)).toEqual([1, 45, 0, 45])
    await rig.settle(principal, { reservation: 'open', usage: usage(0, 0), ending: 'refused' })
    const after = await rig.reserve(principal, { nowMs: NOON_MS + 2, tokens: 5 })
    expect(after.states.map((state) => state.remaining)).toEqual([0, 70, 0, 70])
  })
})

async function report(key: string): Promise<Record<string, unknown> | undefined> {
  return (await usageRows(rig, key, 'group_by=key'))[0]
}
