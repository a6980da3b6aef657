import type { UsageRow } from '../../gateway/shapes.ts'

/** A count of a usage row; 0 if the gateway does not have it. */
export function measure(row: UsageRow, name: string): number {
  const value = row[name]
  return typeof value === 'number' ? value : 0
}

/** Failed requests: refused by the gateway, or broken off. */
export function failedOf(row: UsageRow): number {
  return measure(row, 'broken') + measure(row, 'refused')
}

export function tokensOf(row: UsageRow): number {
  return row.input_tokens + row.output_tokens
}

/** Sums rows by name, the most expensive first. */
export function sumsBy(rows: readonly UsageRow[], nameOf: (row: UsageRow) => string): [string, UsageRow][] {
  const sums = new Map<string, UsageRow>()
  for (const row of rows) {
    const name = nameOf(row)
    const before = sums.get(name)
    sums.set(name, before ? sum(before, row) : { ...row })
  }
  return [...sums].toSorted(
    ([, one], [, other]) => measure(other, 'money') - measure(one, 'money') || other.requests - one.requests,
  )
}

/** Adds two rows. */
export function sum(one: UsageRow, other: UsageRow): UsageRow {
  const both: UsageRow = { ...one }
  for (const [name, value] of Object.entries(other)) {
    if (typeof value === 'number') both[name] = measure(one, name) + value
  }
  return both
}
