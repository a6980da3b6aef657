import { hourOf, UTC } from '../../lib/calendar.ts'
import { addLatency, type LatencyHistograms } from '../latency-histograms.ts'
import { addMeasures, MEASURES, type Measures } from '../measures.ts'
import type { UsageNames, UsageSum } from '../usage-sum.ts'

/** Thirteen months, so that a bill can be compared with that of a year before. */
export const USAGE_DAYS = 400

/** How long hours are kept; older usage is kept by day only. */
export const USAGE_HOUR_DAYS = 31

/** Excess names of models or users are counted together under this label. */
export const OTHER_LABEL = '(other)'

/** The columns that identify a row; the first one is the time. */
export const USAGE_TABLES = {
  usage: ['day', 'model', 'user'],
  usage_days: ['day', 'model', 'endpoint', 'region'],
  usage_hours: ['hour', 'model', 'endpoint', 'region'],
} as const satisfies Record<string, readonly (keyof UsageNames)[]>

export type UsageTable = keyof typeof USAGE_TABLES

/**
 * The maximum number of rows per day or hour: callers choose the names of models and users, and must not fill the
 * tables with invented ones.
 */
export const MAX_ROWS: Readonly<Record<UsageTable, number>> = {
  usage: 10_000,
  usage_days: 500,
  usage_hours: 200,
}

/** Tables with latency histograms. */
const WITH_LATENCY: readonly UsageTable[] = ['usage_hours']

/** Adds usage to all tables. Sums with the same values in a table's columns share one row. */
export function recordUsage(sql: SqlStorage, sums: readonly UsageSum[]): void {
  for (const table of Object.keys(USAGE_TABLES) as UsageTable[]) {
    for (const sum of sumsFor(table, sums)) addTo(sql, table, sum)
  }
}

/** Deletes the days and hours that are no longer reported. */
export function pruneUsage(sql: SqlStorage, nowMs: number): void {
  const oldest = UTC.daysBefore(nowMs, USAGE_DAYS)
  for (const table of ['usage', 'usage_days', 'errors'])
    sql.exec(`DELETE FROM ${table} WHERE day < ?`, oldest)
  sql.exec('DELETE FROM usage_hours WHERE hour < ?', hourOf(nowMs - USAGE_HOUR_DAYS * 86_400_000))
}

function sumsFor(table: UsageTable, sums: readonly UsageSum[]): UsageSum[] {
  const groups = new Map<string, UsageSum>()
  for (const sum of sums) {
    const name = JSON.stringify(USAGE_TABLES[table].map((column) => sum[column]))
    const group = groups.get(name)
    if (!group)
      groups.set(name, { ...sum, measures: { ...sum.measures }, latency: structuredClone(sum.latency) })
    else {
      addMeasures(group.measures, sum.measures)
      addLatency(group.latency, sum.latency)
    }
  }
  return [...groups.values()]
}

function addTo(sql: SqlStorage, table: UsageTable, sum: UsageSum): void {
  const names = USAGE_TABLES[table].map((column) => sum[column])
  if (update(sql, table, names, sum)) return
  if (hasRoom(sql, table, names[0] ?? '') && !isOnlyRefused(sum.measures)) insert(sql, table, names, sum)
  else {
    // Requests for refused models cost nothing, so their names may be invented.
    const folded = isOnlyRefused(sum.measures) ? foldModel(table, names) : foldAll(names)
    if (update(sql, table, folded, sum)) return
    insert(sql, table, hasRoom(sql, table, names[0] ?? '') ? folded : foldAll(names), sum)
  }
}

function update(
  sql: SqlStorage,
  table: UsageTable,
  names: readonly string[],
  { measures, latency }: UsageSum,
): boolean {
  const columns = USAGE_TABLES[table]
  const where = columns.map((column) => `${column} = ?`).join(' AND ')
  const added = MEASURES.map((measure) => `"${measure}" = "${measure}" + ?`)
  const values: SqlStorageValue[] = MEASURES.map((measure) => measures[measure])
  if (WITH_LATENCY.includes(table)) {
    const [row] = sql.exec(`SELECT latency FROM ${table} WHERE ${where}`, ...names).toArray()
    if (!row) return false
    const merged = JSON.parse(String(row.latency)) as LatencyHistograms
    addLatency(merged, latency)
    added.push('latency = ?')
    values.push(JSON.stringify(merged))
  }
  return (
    sql.exec(`UPDATE ${table} SET ${added.join(', ')} WHERE ${where}`, ...values, ...names).rowsWritten > 0
  )
}

function insert(
  sql: SqlStorage,
  table: UsageTable,
  names: readonly string[],
  { measures, latency }: UsageSum,
): void {
  const withLatency = WITH_LATENCY.includes(table)
  const columns = [...USAGE_TABLES[table], ...MEASURES, ...(withLatency ? ['latency'] : [])]
  const values = [...names, ...MEASURES.map((measure) => measures[measure])]
  if (withLatency) values.push(JSON.stringify(latency))
  sql.exec(
    `INSERT OR IGNORE INTO ${table} (${columns.map((column) => `"${column}"`).join(', ')})
     VALUES (${columns.map(() => '?').join(', ')})`,
    ...values,
  )
}

function hasRoom(sql: SqlStorage, table: UsageTable, time: string): boolean {
  const [column] = USAGE_TABLES[table]
  const [known] = sql.exec(`SELECT count(*) AS rows FROM ${table} WHERE ${column} = ?`, time).toArray()
  return Number(known?.rows) < MAX_ROWS[table]
}

function foldModel(table: UsageTable, names: readonly string[]): string[] {
  return names.map((name, index) => (USAGE_TABLES[table][index] === 'model' ? OTHER_LABEL : name))
}

function foldAll(names: readonly string[]): string[] {
  return names.map((name, index) => (index === 0 ? name : OTHER_LABEL))
}

function isOnlyRefused({ requests, refused, input_tokens, output_tokens, money }: Measures): boolean {
  return requests > 0 && refused === requests && input_tokens + output_tokens + money === 0
}
