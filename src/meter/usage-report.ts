import { NANOS } from '../dashscope/prices.ts'
import { type Calendar, UTC } from '../lib/calendar.ts'
import { MEASURES, type Measure, type Measures, noMeasures } from './measures.ts'
import { GroupSums, groupsIn, type PackedSums } from './object/group-sums.ts'
import { OWN_DIMENSIONS } from './object/usage-steps.ts'
import { OTHER_LABEL } from './object/usage-table.ts'

/** The dimensions of a report. */
export const DIMENSIONS = ['key', ...OWN_DIMENSIONS] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** Sums of one key's meter, with the key's id; without an id, of all keys. */
export type KeySums = PackedSums<Dimension> & { key?: string }

/** Sums of a report: dimensions first, then measures; money in the billing currency. */
export type ReportRow = Partial<Record<Dimension, string>> & Measures

const MONEY: ReadonlySet<Measure> = new Set(['money', 'saved_money'])

/**
 * Adds up the sums of several keys.
 *
 * @param parts the sums, with money in nanos.
 * @param by the dimensions of the report, in the order of its columns.
 * @param calendar of the billing time zone, for the day of sums by hour.
 * @returns one row for each combination, sorted by it; at most MAX_REPORT_ROWS, one of which contains the smallest
 *   ones.
 */
export function report(
  parts: readonly KeySums[],
  by: readonly Dimension[],
  calendar: Calendar = UTC,
): ReportRow[] {
  const sums = new GroupSums(by)
  for (const part of parts) {
    const places = by.map((dimension) => part.by.indexOf(dimension))
    const hourAt = part.by.indexOf('hour')
    const unnamed = (dimension: Dimension, names: readonly string[]): string => {
      if (dimension === 'key') return part.key ?? ''
      return dimension === 'day' ? dayOfHour(names[hourAt], calendar) : ''
    }
    for (const [names, measures] of groupsIn(part)) {
      sums.add(
        by.map((dimension, index) => names[places[index] ?? -1] ?? unnamed(dimension, names)),
        measures,
      )
    }
  }
  return [...groupsIn(sums.packed())]
    .toSorted(([one], [other]) => compare(one, other))
    .map(([names, measures]) => ({
      ...Object.fromEntries(by.map((dimension, index) => [dimension, names[index] ?? ''])),
      ...inUnits(measures),
    }))
}

/** The day of an hour; the label of merged rows stays. */
function dayOfHour(hour = '', calendar: Calendar): string {
  return hour === '' || hour === OTHER_LABEL ? hour : calendar.dayOfHour(hour)
}

/** The sums over all rows. */
export function total(parts: readonly KeySums[]): Measures {
  return report(parts, [])[0] ?? noMeasures()
}

/**
 * A report as CSV with a header row; `currency` is a column, because a CSV has no other place for it.
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
 * Callers choose the names of models and users. A spreadsheet would execute a text that begins like a formula (OWASP,
 * CSV injection), so such a text is prefixed with an apostrophe.
 */
function textCell(text: string): string {
  const harmless = /^[\s\0]*[=+\-@＝＋－＠|]|^[\t\r\n]/u.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}

function inUnits(sums: ArrayLike<number>): Measures {
  const units = MEASURES.map((measure, index) => {
    const sum = sums[index] ?? 0
    return [measure, MONEY.has(measure) ? sum / NANOS : sum]
  })
  return Object.fromEntries(units) as Measures
}

function compare(one: readonly string[], other: readonly string[]): number {
  const index = one.findIndex((name, position) => name !== other[position])
  if (index === -1) return 0
  return (one[index] ?? '') < (other[index] ?? '') ? -1 : 1
}
