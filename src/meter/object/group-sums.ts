import { MEASURES, type Measure } from '../measures.ts'
import { OTHER_LABEL } from './usage-table.ts'

/** Rows of a report; the smallest ones are folded into one. */
export const MAX_REPORT_ROWS = 10_000

/** Stored sums added up per page of a report, which bounds its time to a few seconds. */
export const SUMS_PER_PAGE = 500_000

/** The measures that rows are ranked by: a report keeps the rows with the highest cost. */
const SIZE_MEASURES: readonly Measure[] = ['money', 'input_tokens', 'output_tokens', 'requests']
const SIZE_PLACES = SIZE_MEASURES.map((measure) => MEASURES.indexOf(measure))

interface Group {
  names: readonly string[]
  sums: Float64Array
}

/**
 * Sums by names in the format for transfer between objects: flat arrays, since an object per row takes ten times as
 * long.
 */
export interface PackedSums<Name extends string = string> {
  /** The dimensions of the names. */
  by: readonly Name[]
  names: readonly (readonly string[])[]
  /** The measures of the first names in order, then those of the next. */
  sums: Float64Array
}

/**
 * Adds up rows with the same names, in bounded memory: when there are twice as many groups as a report may have, the
 * smaller half is merged into one.
 */
export class GroupSums<Name extends string> {
  readonly #by: readonly Name[]
  readonly #groups = new Map<string, Group>()

  constructor(by: readonly Name[]) {
    this.#by = by
  }

  /**
   * Adds a row.
   *
   * @param names the names of the row, in the order of the dimensions.
   * @param values contains the measures in order; missing ones at the end are 0.
   * @param offset where the measures begin.
   */
  add(names: readonly string[], values: ArrayLike<unknown>, offset = 0): void {
    addTo(this.#groupOf(names), values, offset)
  }

  get isCrowded(): boolean {
    return this.#groups.size > 2 * MAX_REPORT_ROWS
  }

  /** Keeps the largest groups and merges the others into one. */
  fold(limit = MAX_REPORT_ROWS): void {
    if (this.#groups.size <= limit) return
    // Sorts numbers, which takes a tenth of the time of sorting groups; no other call is served meanwhile.
    const sizes = Float64Array.from(this.#groups.values(), sizeOf).sort()
    const least = sizes[sizes.length - limit + 1] ?? Infinity
    let free = limit - 1 - sizes.reduce((larger, size) => larger + Number(size > least), 0)
    const folded: Group[] = []
    for (const [id, group] of this.#groups) {
      const size = sizeOf(group)
      if (size > least || (size === least && --free >= 0)) continue
      folded.push(group)
      this.#groups.delete(id)
    }
    const others = this.#groupOf(this.#by.map(() => OTHER_LABEL))
    for (const { sums } of folded) addTo(others, sums, 0)
  }

  /** The groups: at most `limit`, one of which contains the smallest ones. */
  packed(limit?: number): PackedSums<Name> {
    this.fold(limit)
    const sums = new Float64Array(this.#groups.size * MEASURES.length)
    const names: (readonly string[])[] = []
    for (const group of this.#groups.values()) {
      sums.set(group.sums, names.length * MEASURES.length)
      names.push(group.names)
    }
    return { by: this.#by, names, sums }
  }

  #groupOf(names: readonly string[]): Group {
    const id = names.length === 1 ? String(names[0]) : JSON.stringify(names)
    const known = this.#groups.get(id)
    if (known) return known
    const group = { names, sums: new Float64Array(MEASURES.length) }
    this.#groups.set(id, group)
    return group
  }
}

/** The names and sums of each group. */
export function* groupsIn({
  names,
  sums,
}: PackedSums): Generator<[names: readonly string[], sums: Float64Array]> {
  for (const [index, each] of names.entries()) {
    yield [each, sums.subarray(index * MEASURES.length, (index + 1) * MEASURES.length)]
  }
}

function addTo({ sums }: Group, values: ArrayLike<unknown>, offset: number): void {
  const count = Math.min(sums.length, values.length - offset)
  for (let index = 0; index < count; index++)
    sums[index] = (sums[index] ?? 0) + Number(values[offset + index])
}

function sizeOf({ sums }: Group): number {
  return SIZE_PLACES.reduce((size, place) => size + (sums[place] ?? 0), 0)
}
