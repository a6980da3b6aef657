/** Rows of a table between two times, both included. */
export interface Span {
  table: string
  /** The columns of the primary key; the first one is the time. */
  key: readonly string[]
  /** The other columns to read. */
  columns: readonly string[]
  from: string
  to: string
}

/** The primary key of the last row that was read. */
export type Position = readonly string[]

/**
 * Reads one page of rows in the order of their primary key: the index leads to the end of the previous page.
 *
 * @param after where the previous page ended; undefined for the first page.
 * @param take receives the key of each row, then its other columns; returning true ends the page with this row.
 * @returns where this page ended; undefined if there are no more rows.
 */
export function readPage(
  sql: SqlStorage,
  { table, key, columns, from, to }: Span,
  after: Position | undefined,
  limit: number,
  take: (row: SqlStorageValue[]) => boolean,
): Position | undefined {
  const part = sectionOf({ key, from, to }, after)
  const all = [...key, ...columns.map((column) => `"${column}"`)].join(', ')
  const statement = `SELECT ${all} FROM ${table} WHERE ${part.where} ORDER BY ${key.join(', ')} LIMIT ?`
  let count = 0
  for (const row of sql.exec(statement, ...part.bindings, limit).raw()) {
    const isEnough = take(row) || ++count === limit
    if (isEnough) return row.slice(0, key.length).map(String)
  }
  return undefined
}

/**
 * Adds up one page of rows in the order of their primary key. Rows with the same groups are summed in SQLite, since
 * reading a value from SQLite takes longer than adding it.
 *
 * @param groups SQL expressions.
 * @param take receives the groups of each row, then the sums of its other columns.
 * @returns where this page ended; undefined if there are no more rows.
 */
export function sumPage(
  sql: SqlStorage,
  span: Span,
  groups: readonly string[],
  after: Position | undefined,
  limit: number,
  take: (row: SqlStorageValue[]) => void,
): Position | undefined {
  const { table, key, columns } = span
  const rest = sectionOf(span, after)
  const end = `SELECT ${key.join(', ')} FROM ${table} WHERE ${rest.where} ORDER BY ${key.join(', ')} LIMIT 1 OFFSET ?`
  const [last] = sql.exec(end, ...rest.bindings, limit - 1).raw()
  const position = last?.map(String)
  const page = sectionOf(span, after, position)
  const sums = columns.map((column) => `sum("${column}")`)
  const group = groups.length > 0 ? `GROUP BY ${groups.join(', ')}` : 'HAVING count(*) > 0'
  const statement = `SELECT ${[...groups, ...sums].join(', ')} FROM ${table} WHERE ${page.where} ${group}`
  for (const row of sql.exec(statement, ...page.bindings).raw()) take(row)
  return position
}

/** A condition on the primary key, in a form that uses its index. */
function sectionOf(
  { key, from, to }: Pick<Span, 'key' | 'from' | 'to'>,
  after: Position | undefined,
  last?: Position,
): { where: string; bindings: readonly string[] } {
  const [time] = key
  const whole = `(${key.join(', ')})`
  const places = `(${key.map(() => '?').join(', ')})`
  const begin = after ? `${whole} > ${places}` : `${time} >= ?`
  const end = last ? `${whole} <= ${places}` : `${time} <= ?`
  return { where: `${begin} AND ${end}`, bindings: [...(after ?? [from]), ...(last ?? [to])] }
}
