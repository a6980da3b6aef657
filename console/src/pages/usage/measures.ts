import type { UsageRow } from '../../gateway/shapes.ts'

/** A count of a usage row; 0 where the gateway does not have it. */
export function measure(row: UsageRow, name: string): number {
  const value = row[name]
  return typeof value === 'number' ? value : 0
}

export function tokensOf(row: UsageRow): number {
  return row.input_tokens + row.output_tokens
}

/** Adds rows up under one name each, the dearest first. */
export function sumsBy(rows: readonly UsageRow[], nameOf: (row: UsageRow) => string): [string, UsageRow][] {
  const sums = new Map<string, UsageRow>()
  for (const row of rows) {
    const name = nameOf(row)
    const before = sums.get(name)
    sums.set(name, before ? added(before, row) : { ...row })
  }
  return [...sums].toSorted(
    ([, one], [, other]) => measure(other, 'money') - measure(one, 'money') || other.requests - one.requests,
  )
}

function added(one: UsageRow, other: UsageRow): UsageRow {
  const sum: UsageRow = { ...one }
  for (const [name, value] of Object.entries(other)) {
    if (typeof value === 'number') sum[name] = measure(one, name) + value
  }
  return sum
}
