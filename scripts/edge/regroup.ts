/** One row of a usage report: its dimensions and measures. */
export type Row = Readonly<Record<string, string | number | null>>

/** The response to `GET /edge/usage`. */
export interface UsageReport {
  from: string
  to: string
  currency: string
  group_by: string[]
  rows: Row[]
  total: Row
  /** Where the next page begins, if there is one. */
  cursor?: string
}

/** A report of all its pages: rows with the same names are added up. */
export function joined(pages: readonly UsageReport[]): UsageReport {
  const [first, ...more] = pages
  if (!first) throw new Error('A report has at least one page.')
  if (more.length === 0) return first
  const { cursor: _, ...whole } = { ...first, rows: pages.flatMap(({ rows }) => rows) }
  return regrouped(whole, {}, first.group_by)
}

/**
 * Filters a report by dimension values and reduces its dimensions.
 *
 * @param report a report with all dimensions of `wanted` and `by`.
 * @param wanted the values to keep, by dimension.
 * @param by the dimensions to keep.
 */
export function regrouped(
  report: UsageReport,
  wanted: Readonly<Record<string, string>>,
  by: string[],
): UsageReport {
  const matching = report.rows.filter((row) =>
    Object.entries(wanted).every(([name, value]) => row[name] === value),
  )
  const groups = new Map<string, Row[]>()
  for (const row of matching) {
    const group = JSON.stringify(by.map((name) => row[name]))
    groups.set(group, [...(groups.get(group) ?? []), row])
  }
  const measures = Object.keys(report.total)
  const rows = [...groups.values()].map(
    (group): Row => ({
      // What belongs to the names, such as that of a key, holds as long as they stay.
      ...(by === report.group_by && group[0]),
      ...Object.fromEntries(by.map((name) => [name, group[0]?.[name] ?? ''])),
      ...sum(group, measures),
    }),
  )
  return { ...report, group_by: by, rows, total: sum(matching, measures) }
}

function sum(rows: readonly Row[], measures: readonly string[]): Row {
  const total = (name: string) => rows.reduce((before, row) => before + Number(row[name] ?? 0), 0)
  return Object.fromEntries(measures.map((name) => [name, total(name)]))
}
