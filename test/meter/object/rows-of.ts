import { MEASURES, type Measures } from '../../../src/meter/measures.ts'
import { groupsIn, type PackedSums } from '../../../src/meter/object/group-sums.ts'

/** Packed sums as rows, which are easier to compare. */
export function rowsOf<Name extends string>(
  packed: PackedSums<Name>,
): (Measures & Partial<Record<Name, string>>)[] {
  return [...groupsIn(packed)].map(([names, sums]) => ({
    ...(Object.fromEntries(packed.by.map((name, index) => [name, names[index]])) as Partial<
      Record<Name, string>
    >),
    ...(Object.fromEntries(MEASURES.map((measure, index) => [measure, sums[index]])) as Measures),
  }))
}

/** Rows as packed sums. */
export function packedOf<Name extends string>(
  by: readonly Name[],
  rows: readonly (Measures & Partial<Record<Name, string>>)[],
): PackedSums<Name> {
  return {
    by,
    names: rows.map((row) => by.map((name) => row[name] ?? '')),
    sums: Float64Array.from(rows.flatMap((row) => MEASURES.map((measure) => row[measure]))),
  }
}
