import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { caller, type MeterRig, NOON_MS, remaining, startMeterRig, usage, usageRows } from './rig.ts'

let rig: MeterRig

beforeAll(async () => {
  rig = await startMeterRig()
})

afterAll(() => rig?.stop())

describe('a budget', () => {
  const beforeMidnightMs = Date.parse('2026-11-30T23:59:50Z')
  const midnightMs = Date.parse('2026-12-01T00:00:00Z')

  it('A budget starts again at midnight and on the first of the month (UTC).', async () => {
    const principal = caller({ tokens_per_day: 100, tokens_per_month: 100 })
    expect((await rig.reserve(principal, { nowMs: beforeMidnightMs, tokens: 100 })).allowed).toBe(true)
    const refused = await rig.reserve(principal, { nowMs: midnightMs - 1000 })
    expect(refused).toMatchObject({ kind: 'quota', retryAfterSeconds: 1 })
    expect((await rig.reserve(principal, { nowMs: midnightMs, tokens: 100 })).allowed).toBe(true)
  })

  it('A budget is charged on the day a request arrived, even if its response ends on the next.', async () => {
    const principal = caller({ tokens_per_day: 100 })
    await rig.reserve(principal, { id: 'over', nowMs: beforeMidnightMs, tokens: 10 })
    const settled = { reservation: 'over', nowMs: midnightMs + 5000, startedMs: beforeMidnightMs }
    await rig.settle(principal, { ...settled, usage: usage(50, 40) })
    expect(remaining(await rig.reserve(principal, { nowMs: midnightMs + 6000 }), 'tokens_per_day')).toBe(90)
    const [row] = await usageRows(rig, principal.keyId, 'from=2026-11-30&to=2026-12-01&group_by=day')
    expect(row).toMatchObject({ day: '2026-11-30', input_tokens: 50 })
  })

  it('A budget continues over the days of a month.', async () => {
    const principal = caller({ tokens_per_day: 60, tokens_per_month: 100 })
    expect((await rig.reserve(principal, { nowMs: NOON_MS - 86_400_000, tokens: 60 })).allowed).toBe(true)
    expect(await rig.reserve(principal, { nowMs: NOON_MS, tokens: 50 })).toMatchObject({
      allowed: false,
      limit: 'tokens_per_month',
      retryAfterSeconds: 6.5 * 86_400,
    })
  })

  it('Usage from before the key had limits counts.', async () => {
    const free = caller(undefined)
    await rig.settle(free, { usage: usage(40, 40) })
    const limited = { ...free, policy: { ...free.policy, limits: { tokens_per_month: 100 } } }
    expect((await rig.reserve(limited, { tokens: 30 })).allowed).toBe(false)
  })

  it('A budget of money ends usage that has no price, too.', async () => {
    const principal = caller({ money_per_day: 0.001 })
    await rig.reserve(principal, { id: 'dear', money: 0 })
    await rig.settle(principal, { reservation: 'dear', money: 1_200_000 })
    expect(await rig.reserve(principal, { money: 0 })).toMatchObject({ limit: 'money_per_day' })
  })

  it('A session token has a budget of its own, within the limits of the key.', async () => {
    const token = { id: 'first', expires: NOON_MS / 1000 + 900, budget: { requests: 2, tokens: 100 } }
    const principal = caller(undefined, { token })
    await rig.reserve(principal, { id: 'a', tokens: 90 })
    expect(await rig.reserve(principal, { tokens: 20 })).toMatchObject({
      kind: 'quota',
      limit: 'token_tokens',
      retryAfterSeconds: 900,
    })
    await rig.settle(principal, { reservation: 'a', usage: usage(5, 5) })
    expect((await rig.reserve(principal, { tokens: 20 })).allowed).toBe(true)
    expect(await rig.reserve(principal, { tokens: 20 })).toMatchObject({ limit: 'token_requests' })
    const other = { ...principal, token: { ...token, id: 'second' } }
    expect((await rig.reserve(other, { tokens: 20 })).allowed).toBe(true)
  })

  it('The budget of one end user leaves the others alone.', async () => {
    const ann = caller(undefined, { user: 'ann' }, { tokens_per_day: 50 })
    await rig.reserve(ann, { id: 'of-ann', tokens: 50 })
    expect(await rig.reserve(ann)).toMatchObject({ allowed: false, limit: 'tokens_per_day' })
    expect((await rig.reserve({ ...ann, user: 'bob' })).allowed).toBe(true)
    await rig.settle(ann, { reservation: 'of-ann', user: 'ann', usage: usage(10, 10) })
    expect((await rig.reserve(ann, { tokens: 30 })).allowed).toBe(true)
    expect(await usageRows(rig, ann.keyId, 'group_by=user')).toMatchObject([
      { user: 'ann', input_tokens: 10 },
    ])
  })
})
