import type { Calendar, Periods } from '../../lib/calendar.ts'
import { NOTHING_SPENT, plus, type Spent } from '../spent.ts'
import { spentFrom } from './reservations.ts'

/** What was spent on a day and in its month so far. A meter keeps it in memory, since it is read from a row for each day. */
export interface Spending {
  day: Spent
  month: Spent
  periods: Periods
}

/** Reads what was spent on the day and in the month of a moment, as a calendar has them. */
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

/** Whether a moment is on the day that was read. */
export function isToday({ periods }: Spending, nowMs: number): boolean {
  return nowMs >= periods.day.startMs && nowMs < periods.day.endMs
}

/** Adds what was charged to the day of a moment; other months, and days that are still to come, are not in it. */
export function spend(spending: Spending, atMs: number, added: Spent): void {
  const { day, month } = spending.periods
  if (atMs >= month.startMs && atMs < day.endMs) spending.month = plus(spending.month, added)
  if (isToday(spending, atMs)) spending.day = plus(spending.day, added)
}
