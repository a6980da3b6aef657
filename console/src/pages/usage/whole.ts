import { ask, askPages, type Question } from '../../gateway/ask.ts'
import type { UsageReport } from '../../gateway/shapes.ts'
import { sum } from './measures.ts'

/** A report with the rows of all its pages and their total; rows of different pages may have the same names. */
export async function askUsage(path: string, question: Question): Promise<UsageReport> {
  const whole = await ask<UsageReport>(path, question)
  for (let { cursor } = whole; cursor; ) {
    const page = await ask<UsageReport>(`${path}&cursor=${cursor}`, question)
    whole.rows.push(...page.rows)
    whole.total = sum(whole.total, page.total)
    cursor = page.cursor
  }
  return whole
}

/** The same as CSV, with one header. */
export async function askUsageCsv(path: string, question: Question): Promise<string> {
  const [first = '', ...more] = await askPages(`${path}&format=csv`, question)
  return first + more.map((page) => page.slice(page.indexOf('\n') + 1)).join('')
}
