import type { UsageRow } from '../gateway/shapes.ts'

/** A series of a chart: one value for each slot. */
export interface Series {
  name: string
  values: number[]
}

/** More series than this cannot be distinguished; the rest is merged. */
export const MAX_SERIES = 8

/**
 * Converts usage rows to series: one per value of a dimension, the largest first, and one for the rest.
 *
 * @param slots days or hours, in order.
 * @param slotName the dimension with the slots.
 */
export function seriesOf(
  rows: readonly UsageRow[],
  slots: readonly string[],
  slotName: 'day' | 'hour',
  nameOf: (row: UsageRow) => string,
  measureOf: (row: UsageRow) => number,
  otherLabel: string,
): Series[] {
  const positions = new Map(slots.map((slot, index) => [slot, index]))
  const found = new Map<string, number[]>()
  for (const row of rows) {
    const index = positions.get(String(row[slotName] ?? ''))
    if (index === undefined) continue
    const name = nameOf(row)
    const values = found.get(name) ?? slots.map(() => 0)
    values[index] = (values[index] ?? 0) + measureOf(row)
    found.set(name, values)
  }
  const all = [...found].map(([name, values]) => ({ name, values, sum: sumOf(values) }))
  const sorted = all.filter(({ sum }) => sum > 0).toSorted((one, other) => other.sum - one.sum)
  const shown = sorted.slice(0, MAX_SERIES)
  const rest = sorted.slice(MAX_SERIES)
  if (rest.length > 0) {
    const values = slots.map((_, index) => sumOf(rest.map((each) => each.values[index] ?? 0)))
    shown.push({ name: otherLabel, values, sum: sumOf(values) })
  }
  return shown.map(({ name, values }) => ({ name, values }))
}

export function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
