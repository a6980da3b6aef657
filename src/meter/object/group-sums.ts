import { MEASURES, type Measure } from '../measures.ts'
import { OTHER_LABEL } from './usage-table.ts'

/** Rows of a report; the smallest ones are folded into one. */
export const MAX_REPORT_ROWS = 10_000

/** Stored sums that a page of a report adds up, which bounds its time to some seconds. */
export const SUMS_A_PAGE = 500_000

/** What makes a row large: a report keeps the rows that cost most. */
const SIZE_MEASURES: readonly Measure[] = ['money', 'input_tokens', 'output_tokens', 'requests']
const SIZE_PLACES = SIZE_MEASURES.map((measure) => MEASURES.indexOf(measure))

interface Group {
  names: readonly string[]
  sums: Float64Array
}

/** Sums by names, as one object hands them to another: without an object for each row, which takes ten times as long. */
export interface PackedSums<Name extends string = string> {
  /** What the names are of. */
  by: readonly Name[]
  names: readonly (readonly string[])[]
  /** The measures of the first names in their order, then those of the next. */
  sums: Float64Array
}

/**
 * Adds up rows that agree in some names, in bounded memory: as soon as there are twice as many groups as a report may have,
 * the smaller half becomes one.
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
   * @param names of the row, in the order of the dimensions.
   * @param values that hold the measures in their order; those that are missing at the end are 0.
   * @param offset where the measures begin.
   */
  add(names: readonly string[], values: ArrayLike<unknown>, offset = 0): void {
    addTo(this.#groupOf(names), values, offset)
  }

  get isCrowded(): boolean {
    return this.#groups.size > 2 * MAX_REPORT_ROWS
  }

  /** Keeps the largest groups and adds up the others in one. */
  fold(limit = MAX_REPORT_ROWS): void {
    if (this.#groups.size <= limit) return
    // Sorting numbers takes a tenth of the time of sorting groups, and no other call is served meanwhile.
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

  /** The groups: at most `limit`, of which one holds the smallest ones. */
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
