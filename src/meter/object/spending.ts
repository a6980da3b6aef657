import { dayOf, firstDayOfMonth } from '../../lib/calendar.ts'
import type { Spent } from './limits.ts'

/** What was spent on a UTC day and in its month so far. A meter keeps it in memory, since it is read from a row for each day. */
export interface Spending {
  today: string
  day: Spent
  month: Spent
}

/** Reads what was spent on the UTC day and in the UTC month of a moment. */
export function readSpending(sql: SqlStorage, nowMs: number): Spending {
  const today = dayOf(nowMs)
  const spending: Spending = { today, day: { tokens: 0, money: 0 }, month: { tokens: 0, money: 0 } }
  for (const row of sql.exec(
    'SELECT * FROM spent WHERE day BETWEEN ? AND ?',
    firstDayOfMonth(nowMs),
    today,
  )) {
    const spent = { tokens: Number(row.tokens), money: Number(row.money) }
    add(spending.month, spent)
    if (row.day === today) spending.day = spent
  }
  return spending
}

/** Adds what was charged to the day of a moment; other months, and days that are still to come, are not in it. */
export function spend(spending: Spending, atMs: number, added: Spent): void {
  const day = dayOf(atMs)
  const isOfMonth = day.slice(0, 7) === spending.today.slice(0, 7) && day <= spending.today
  if (isOfMonth) add(spending.month, added)
  if (day === spending.today) add(spending.day, added)
}

function add(sum: Spent, { tokens, money }: Spent): void {
  sum.tokens += tokens
  sum.money += money
}
