import { NANOS } from '../dashscope/prices.ts'
import { addMeasures, MEASURES, type Measure, type Measures, noMeasures } from './measures.ts'
import { MAX_REPORT_ROWS, OWN_DIMENSIONS, type UsageRow } from './object/usage-steps.ts'
import { OTHER_LABEL } from './object/usage-table.ts'

/** What a report can tell apart. */
export const DIMENSIONS = ['key', ...OWN_DIMENSIONS] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** Sums of one key's meter, with the key's id; without one, of all keys. */
export type KeyUsageRow = UsageRow & { key?: string }

/** Sums of a report: its dimensions first, then what was counted; money in the billing currency. */
export type ReportRow = Partial<Record<Dimension, string>> & Measures

const MONEY: ReadonlySet<Measure> = new Set(['money', 'saved_money'])

/**
 * Adds up rows of several keys.
 *
 * @param rows with money in nanos.
 * @param by what the report tells apart, in the order of its columns.
 * @returns one row for each combination, sorted by it; at most MAX_REPORT_ROWS, of which one holds the smallest ones.
 */
export function report(rows: readonly KeyUsageRow[], by: readonly Dimension[]): ReportRow[] {
  const groups: Groups = new Map()
  for (const row of rows) {
    addTo(
      groups,
      by.map((dimension) => row[dimension] ?? ''),
      row,
    )
  }
  return largest(groups, by)
    .toSorted((one, other) => compare(one.names, other.names))
    .map(({ names, sums }) => ({
      ...Object.fromEntries(by.map((dimension, index) => [dimension, names[index] ?? ''])),
      ...inUnits(sums),
    }))
}

type Groups = Map<string, { names: string[]; sums: Measures }>

function addTo(groups: Groups, names: string[], added: Measures): void {
  const id = JSON.stringify(names)
  const group = groups.get(id) ?? { names, sums: noMeasures() }
  groups.set(id, group)
  addMeasures(group.sums, added)
}

function largest(groups: Groups, by: readonly Dimension[]): { names: string[]; sums: Measures }[] {
  if (groups.size <= MAX_REPORT_ROWS) return [...groups.values()]
  const size = ({ money, input_tokens, output_tokens, requests }: Measures) =>
    money + input_tokens + output_tokens + requests
  const bySize = [...groups].toSorted(([, one], [, other]) => size(other.sums) - size(one.sums))
  const kept: Groups = new Map(bySize.slice(0, MAX_REPORT_ROWS - 1))
  for (const [, { sums }] of bySize.slice(MAX_REPORT_ROWS - 1))
    addTo(
      kept,
      by.map(() => OTHER_LABEL),
      sums,
    )
  return [...kept.values()]
}

/** The sums over everything, which are 0 where nothing was used. */
export function total(rows: readonly KeyUsageRow[]): Measures {
  return report(rows, [])[0] ?? noMeasures()
}

/**
 * A report as CSV with a header row; `currency` becomes a column, because a sheet has no other place for it.
 *
 * @param also columns at the end, if the rows have them.
 */
export function toCsv(
  rows: readonly (ReportRow & Record<string, unknown>)[],
  by: readonly Dimension[],
  currency: string,
  also: readonly string[] = [],
): string {
  const header = [...by, ...MEASURES, 'currency', ...also]
  return csvOf(
    header,
    rows.map((row) => ({ ...row, currency })),
  )
}

/** Rows as CSV (RFC 4180) with a header row. */
export function csvOf(columns: readonly string[], rows: readonly Record<string, unknown>[]): string {
  const lines = rows.map((row) => columns.map((column) => cell(row[column])))
  return [columns, ...lines].map((cells) => `${cells.join(',')}\r\n`).join('')
}

function cell(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? textCell(value) : String(value)
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
