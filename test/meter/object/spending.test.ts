import { describe, expect, it } from 'vitest'
import { UTC } from '../../../src/lib/calendar.ts'
import { readSpending, spend } from '../../../src/meter/object/spending.ts'

/** Noon of a day in November 2026, or of another month. */
function noonOf(day: string): number {
  return Date.parse(`${day}T12:00:00Z`)
}

/** A meter's table of what was spent. */
function tableOf(rows: Record<string, number>): SqlStorage {
  const all = Object.entries(rows).map(([day, tokens]) => ({ day, tokens, money: tokens * 2 }))
  return {
    exec: (_: string, from: string, to: string) => all.filter(({ day }) => day >= from && day <= to),
  } as unknown as SqlStorage
}

const ROWS = { '2026-10-31': 1000, '2026-11-01': 100, '2026-11-24': 10, '2026-11-25': 1 }

describe('what was spent', () => {
  it('is the sum of the days of the month so far', () => {
    expect(readSpending(tableOf(ROWS), noonOf('2026-11-24'), UTC)).toEqual({
      day: { tokens: 10, money: 20 },
      month: { tokens: 110, money: 220 },
      periods: UTC.periodsAt(noonOf('2026-11-24')),
    })
  })

  it.each([
    ['2026-11-24', 7, 7],
    ['2026-11-23', 0, 7],
    ['2026-11-01', 0, 7],
    ['2026-10-31', 0, 0],
    ['2025-11-24', 0, 0],
    ['2026-11-25', 0, 0],
  ])('in memory agrees with the table after something more of %s', (day, ofDay, ofMonth) => {
    const spending = readSpending(tableOf(ROWS), noonOf('2026-11-24'), UTC)
    spend(spending, noonOf(day), { tokens: 7, money: 14 })
    const table = tableOf({ ...ROWS, [day]: 7 + (ROWS[day as keyof typeof ROWS] ?? 0) })
    expect(spending).toEqual(readSpending(table, noonOf('2026-11-24'), UTC))
    expect([spending.day.tokens, spending.month.tokens]).toEqual([10 + ofDay, 110 + ofMonth])
  })
})
