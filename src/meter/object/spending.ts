import type { Calendar, Periods } from '../../lib/calendar.ts'
import { NOTHING_SPENT, plus, type Spent } from '../spent.ts'
import { spentFrom } from './reservations.ts'

/**
 * The spending of a day and of its month so far. A meter keeps it in memory, since reading it takes one row per day.
 */
export interface Spending {
  day: Spent
  month: Spent
  periods: Periods
}

/** Reads the spending of the day and month that contain a moment, according to a calendar. */
export function readSpending(sql: SqlStorage, nowMs: number, calendar: Calendar): Spending {
  const today = calendar.dayOf(nowMs)
  const spending: Spending = {
    day: NOTHING_SPENT,
    month: NOTHING_SPENT,
    periods: calendar.periodsAt(nowMs),
  }
  for (const row of sql.exec(
    'SELECT * FROM spent WHERE day BETWEEN ? AND ?',
    calendar.firstDayOfMonth(nowMs),
    today,
  )) {
    const spent = spentFrom(row)
    spending.month = plus(spending.month, spent)
    if (row.day === today) spending.day = spent
  }
  return spending
}

/** Whether a moment is on the day of this spending. */
export function isToday({ periods }: Spending, nowMs: number): boolean {
  return nowMs >= periods.day.startMs && nowMs < periods.day.endMs
}

/** Adds a charge at a moment; other months and future days are ignored. */
export function spend(spending: Spending, atMs: number, added: Spent): void {
  const { day, month } = spending.periods
  if (atMs >= month.startMs && atMs < day.endMs) spending.month = plus(spending.month, added)
  if (isToday(spending, atMs)) spending.day = plus(spending.day, added)
}
