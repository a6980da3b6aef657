import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { caller, type MeterRig, remaining, startMeterRig, usage, usageRows } from './rig.ts'

let rig: MeterRig

beforeAll(async () => {
  rig = await startMeterRig({ BILLING_TIME_ZONE: 'America/New_York' })
})

afterAll(() => rig?.stop())

/** In New York, clocks go back from 02:00 to 01:00 on November 1. */
const OCTOBER_ENDS_MS = Date.parse('2026-11-01T04:00:00Z')
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

describe('BILLING_TIME_ZONE', () => {
  it('BILLING_TIME_ZONE decides when a day and a month of budgets begin.', async () => {
    const principal = caller({ tokens_per_day: 100, tokens_per_month: 100 })
    expect((await rig.reserve(principal, { nowMs: OCTOBER_ENDS_MS - 10_000, tokens: 100 })).allowed).toBe(
      true,
    )
    expect(await rig.reserve(principal, { nowMs: OCTOBER_ENDS_MS - 1000 })).toMatchObject({
      kind: 'quota',
      retryAfterSeconds: 1,
    })
    expect((await rig.reserve(principal, { nowMs: OCTOBER_ENDS_MS, tokens: 100 })).allowed).toBe(true)
  })

  it('One budget covers the 25 hours of a day on which clocks go back.', async () => {
    const principal = caller({ tokens_per_day: 100 })
    const first = await rig.reserve(principal, { nowMs: OCTOBER_ENDS_MS, tokens: 100 })
    expect(first.states[0]).toMatchObject({ windowSeconds: 25 * 3600, resetSeconds: 25 * 3600 })
    const late = await rig.reserve(principal, { nowMs: OCTOBER_ENDS_MS + 24.5 * HOUR_MS, tokens: 1 })
    expect(late).toMatchObject({ allowed: false, retryAfterSeconds: 1800 })
    const next = await rig.reserve(principal, { nowMs: OCTOBER_ENDS_MS + 25 * HOUR_MS, tokens: 1 })
    expect(next).toMatchObject({ allowed: true, states: [{ windowSeconds: 24 * 3600 }] })
  })

  it('One budget covers the 23 hours of a day on which clocks go forward.', async () => {
    const startMs = Date.parse('2027-03-14T05:00:00Z')
    const principal = caller({ tokens_per_day: 100 })
    const first = await rig.reserve(principal, { nowMs: startMs, tokens: 100 })
    expect(first.states[0]).toMatchObject({ windowSeconds: 23 * 3600 })
    expect((await rig.reserve(principal, { nowMs: startMs + 23 * HOUR_MS - 1, tokens: 1 })).allowed).toBe(
      false,
    )
    expect((await rig.reserve(principal, { nowMs: startMs + 23 * HOUR_MS, tokens: 1 })).allowed).toBe(true)
  })

  it('BILLING_TIME_ZONE decides on which day a late settlement is charged.', async () => {
    const principal = caller({ tokens_per_day: 100 })
    const startedMs = OCTOBER_ENDS_MS - 5000
    await rig.reserve(principal, { id: 'over', nowMs: startedMs, tokens: 10 })
    const nowMs = OCTOBER_ENDS_MS + 5000
    await rig.settle(principal, { reservation: 'over', nowMs, startedMs, usage: usage(50, 40) })
    const verdict = await rig.reserve(principal, { nowMs: OCTOBER_ENDS_MS + 6000 })
    expect(remaining(verdict, 'tokens_per_day')).toBe(90)
  })

  it('BILLING_TIME_ZONE decides which day usage belongs to; hours are those of UTC.', async () => {
    const principal = caller(undefined)
    for (const startedMs of [
      OCTOBER_ENDS_MS - 1,
      OCTOBER_ENDS_MS,
      OCTOBER_ENDS_MS + 1.5 * HOUR_MS,
      OCTOBER_ENDS_MS + 2.5 * HOUR_MS,
    ])
      await rig.settle(principal, { startedMs, nowMs: startedMs, usage: usage(1, 0) })
    const days = await usageRows(rig, principal.keyId, 'from=2026-10-31&to=2026-11-01&group_by=day')
    expect(days.map(({ day, requests }) => [day, requests])).toEqual([
      ['2026-10-31', 1],
      ['2026-11-01', 3],
    ])
    const hours = await usageRows(rig, principal.keyId, 'from=2026-11-01&to=2026-11-01&group_by=day,hour')
    expect(hours.map(({ day, hour, requests }) => [day, hour, requests])).toEqual([
      ['2026-11-01', '2026-11-01T04', 1],
      ['2026-11-01', '2026-11-01T05', 1],
      ['2026-11-01', '2026-11-01T06', 1],
    ])
    const evening = await usageRows(rig, principal.keyId, 'from=2026-10-31&to=2026-10-31&group_by=hour')
    expect(evening.map(({ hour, requests }) => [hour, requests])).toEqual([['2026-11-01T03', 1]])
  })

  it('BILLING_TIME_ZONE decides which day is the last one of a report.', async () => {
    const response = await fetch(`${rig.address()}/edge/usage`, {
      headers: { authorization: 'Bearer admin-token-of-the-meter' },
    })
    const { to, time_zone } = (await response.json()) as Record<string, string>
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/New_York' })
    expect([format.format(Date.now()), format.format(Date.now() - DAY_MS)]).toContain(to)
    expect(time_zone).toBe('America/New_York')
  })
})
