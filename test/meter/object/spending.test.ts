import { describe, expect, it } from 'vitest'
import { UTC } from '../../../src/lib/calendar.ts'
import { readSpending, spend } from '../../../src/meter/object/spending.ts'
import type { Spent } from '../../../src/meter/spent.ts'

/** Noon of a day in November 2026, or of another month. */
function noonOf(day: string): number {
  return Date.parse(`${day}T12:00:00Z`)
}

/** The row of a day on which so many tokens were spent. */
function columnsOf(tokens: number) {
  return { tokens, money: tokens * 2, audio_seconds: tokens * 3, characters: tokens * 4 }
}

/** What {@link columnsOf} says was spent. */
function spent(tokens: number): Spent {
  return { tokens, money: tokens * 2, audioSeconds: tokens * 3, characters: tokens * 4 }
}

/** A meter's table of what was spent. */
function tableOf(rows: Record<string, number>): SqlStorage {
  const all = Object.entries(rows).map(([day, tokens]) => ({ day, ...columnsOf(tokens) }))
  return {
    exec: (_: string, from: string, to: string) => all.filter(({ day }) => day >= from && day <= to),
  } as unknown as SqlStorage
}

const ROWS = { '2026-10-31': 1000, '2026-11-01': 100, '2026-11-24': 10, '2026-11-25': 1 }

describe('spending', () => {
  it('Spending is the sum of the days of the month so far.', () => {
    expect(readSpending(tableOf(ROWS), noonOf('2026-11-24'), UTC)).toEqual({
      day: spent(10),
      month: spent(110),
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
  ])('Spending in memory agrees with the table after an addition on %s', (day, ofDay, ofMonth) => {
    const spending = readSpending(tableOf(ROWS), noonOf('2026-11-24'), UTC)
    spend(spending, noonOf(day), spent(7))
    const table = tableOf({ ...ROWS, [day]: 7 + (ROWS[day as keyof typeof ROWS] ?? 0) })
    expect(spending).toEqual(readSpending(table, noonOf('2026-11-24'), UTC))
    expect([spending.day.tokens, spending.month.tokens]).toEqual([10 + ofDay, 110 + ofMonth])
  })
})
