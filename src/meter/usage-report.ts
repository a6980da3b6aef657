import { NANOS } from '../dashscope/prices.ts'
import { addMeasures, MEASURES, type Measure, type Measures, noMeasures } from './measures.ts'
import { OWN_DIMENSIONS, type UsageRow } from './object/usage-table.ts'

/** What a report can tell apart. */
export const DIMENSIONS = ['key', ...OWN_DIMENSIONS] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** Sums of one key's meter, with the key's id. */
export type KeyUsageRow = UsageRow & { key: string }

/** Sums of a report: its dimensions first, then what was counted; money in the billing currency. */
export type ReportRow = Partial<Record<Dimension, string>> & Measures

const MONEY: ReadonlySet<Measure> = new Set(['money', 'saved_money'])

/**
 * Adds up rows of several keys.
 *
 * @param rows with money in nanos.
 * @param by what the report tells apart, in the order of its columns.
 * @returns one row for each combination, sorted by it.
 */
export function report(rows: readonly KeyUsageRow[], by: readonly Dimension[]): ReportRow[] {
  const groups = new Map<string, { names: string[]; sums: Measures }>()
  for (const row of rows) {
    const names = by.map((dimension) => row[dimension] ?? '')
    const id = JSON.stringify(names)
    const group = groups.get(id) ?? { names, sums: noMeasures() }
    addMeasures(group.sums, row)
    groups.set(id, group)
  }
  return [...groups.values()]
    .toSorted((one, other) => compare(one.names, other.names))
    .map(({ names, sums }) => ({
      ...Object.fromEntries(by.map((dimension, index) => [dimension, names[index] ?? ''])),
      ...inUnits(sums),
    }))
}

/** The sums over everything, which are 0 where nothing was used. */
export function total(rows: readonly KeyUsageRow[]): Measures {
  return report(rows, [])[0] ?? noMeasures()
}

/** A report as CSV (RFC 4180) with a header row; `currency` becomes a column, because a sheet has no other place for it. */
export function toCsv(rows: readonly ReportRow[], by: readonly Dimension[], currency: string): string {
  const header = [...by, ...MEASURES, 'currency']
  const lines = rows.map((row) => [
    ...by.map((dimension) => textCell(row[dimension] ?? '')),
    ...MEASURES.map((measure) => String(row[measure])),
    currency,
  ])
  return [header, ...lines].map((cells) => `${cells.join(',')}\r\n`).join('')
}

/**
 * Callers choose the names of models and users. A spreadsheet would run a text that begins like a formula (OWASP, CSV
 * injection), so such a text gets an apostrophe in front.
 */
function textCell(text: string): string {
  const harmless = /^[\s\0]*[=+\-@＝＋－＠|]|^[\t\r\n]/u.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

function inUnits(sums: Measures): Measures {
  const units = MEASURES.map((measure) => [
    measure,
    MONEY.has(measure) ? sums[measure] / NANOS : sums[measure],
  ])
  return Object.fromEntries(units) as Measures
}

function compare(one: readonly string[], other: readonly string[]): number {
  const index = one.findIndex((name, position) => name !== other[position])
  if (index === -1) return 0
  return (one[index] ?? '') < (other[index] ?? '') ? -1 : 1
}
