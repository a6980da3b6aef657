import type { Calendar, Periods } from '../../lib/calendar.ts'
import type { Spent } from './limits.ts'

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
    day: { tokens: 0, money: 0 },
    month: { tokens: 0, money: 0 },
    periods: calendar.periodsAt(nowMs),
  }
  for (const row of sql.exec(
    'SELECT * FROM spent WHERE day BETWEEN ? AND ?',
    calendar.firstDayOfMonth(nowMs),
    today,
  )) {
    const spent = { tokens: Number(row.tokens), money: Number(row.money) }
    add(spending.month, spent)
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
  if (atMs >= month.startMs && atMs < day.endMs) add(spending.month, added)
  if (isToday(spending, atMs)) add(spending.day, added)
}

function add(sum: Spent, { tokens, money }: Spent): void {
  sum.tokens += tokens
  sum.money += money
}
