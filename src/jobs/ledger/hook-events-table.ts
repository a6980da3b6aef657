import { type Condition, selectPage } from './page.ts'

/** The state of an inbound event. */
export type HookEventStatus = 'accepted' | 'duplicate' | 'ignored' | 'limited' | 'invalid'

/** Inbound events are listed and can be replayed for a week. */
const EVENT_LIFETIME_MS = 7 * 86_400_000

/** A stored inbound event. */
export interface StoredHookEvent {
  sequence: number
  id: string
  hook: string
  receivedMs: number
  status: HookEventStatus
  reason: string | null
  job: string | null
  /** JSON of the event in the common format. */
  event: string
}

/** A new event. */
export interface NewHookEvent {
  id: string
  hook: string
  user: string
  event: string
  /** The gateway's origin, for a job that is created after a restart. */
  origin: string
  /** Names that each identify the event; it is a duplicate if any of them was seen before. */
  dedupe: readonly string[]
  dedupeMs: number
  limits: { per_minute: number; per_user_minute: number; concurrent: number }
}

/** What became of a new event. */
export type TakenEvent =
  | { kind: 'accepted' }
  | { kind: 'duplicate'; job: string | null }
  | { kind: 'limited'; reason: string }

/** Stores an event once, within the limits of its hook. Must be called in a transaction. */
export function takeHookEvent(sql: SqlStorage, entry: NewHookEvent, nowMs: number): TakenEvent {
  const earlier = entry.dedupe.map((name) => earlierEvent(sql, entry.hook, name, nowMs)).find(Boolean)
  if (earlier) return { kind: 'duplicate', job: earlier.job }
  const reason = exceededLimit(sql, entry, nowMs)
  if (reason !== undefined) {
    insertHookEvent(sql, entry, 'limited', reason, nowMs)
    return { kind: 'limited', reason }
  }
  for (const name of entry.dedupe) {
    const values = [entry.hook, name, entry.id, nowMs + entry.dedupeMs] as const
    sql.exec('INSERT OR REPLACE INTO hook_dedupe VALUES (?, ?, ?, ?)', ...values)
  }
  insertHookEvent(sql, entry, 'accepted', null, nowMs)
  return { kind: 'accepted' }
}

/** The value of the column `host` for events of a hook that have no job yet. */
export function eventHost(hook: string): string {
  return `${hook} events`
}

function earlierEvent(
  sql: SqlStorage,
  hook: string,
  name: string,
  nowMs: number,
): StoredHookEvent | undefined {
  const [row] = sql
    .exec('SELECT event FROM hook_dedupe WHERE hook = ? AND name = ? AND until_ms > ?', hook, name, nowMs)
    .toArray()
  return row && readHookEvent(sql, String(row.event))
}

function exceededLimit(
  sql: SqlStorage,
  { hook, user, limits }: NewHookEvent,
  nowMs: number,
): string | undefined {
  const minute = nowMs - 60_000
  const count = (select: string, ...values: (string | number)[]) =>
    Number(sql.exec(select, ...values).one().n)
  const recent = `SELECT count(*) AS n FROM hook_events WHERE hook = ? AND received_ms > ? AND status = 'accepted'`
  if (count(recent, hook, minute) >= limits.per_minute) return 'per_minute'
  if (count(`${recent} AND user = ?`, hook, minute, user) >= limits.per_user_minute) return 'per_user_minute'
  const open = `SELECT (SELECT count(*) FROM jobs WHERE hook = ? AND status IN ('queued', 'running', 'waiting'))
    + (SELECT count(*) FROM deliveries WHERE host = ? AND status = 'pending') AS n`
  return count(open, hook, eventHost(hook)) >= limits.concurrent ? 'concurrent' : undefined
}

/** Records an event and its state. */
export function insertHookEvent(
  sql: SqlStorage,
  { id, hook, user, event }: Pick<NewHookEvent, 'id' | 'hook' | 'user' | 'event'>,
  status: HookEventStatus,
  reason: string | null,
  nowMs: number,
): void {
  sql.exec(
    `INSERT INTO hook_events (id, hook, user, received_ms, status, reason, job, event)
     VALUES (?, ?, ?, ?, ?, ?, NULL, ?)`,
    id,
    hook,
    user,
    nowMs,
    status,
    reason,
    event,
  )
}

/**
 * Records the job of an accepted event, or why there is none; without a job the platform may send the event again.
 */
export function settleHookEvent(
  sql: SqlStorage,
  id: string,
  result: { job: string } | { status: HookEventStatus; reason: string },
): void {
  if ('job' in result) {
    sql.exec('UPDATE hook_events SET job = ? WHERE id = ?', result.job, id)
    return
  }
  sql.exec('UPDATE hook_events SET status = ?, reason = ? WHERE id = ?', result.status, result.reason, id)
  sql.exec('DELETE FROM hook_dedupe WHERE event = ?', id)
}

/** An event by its id. */
export function readHookEvent(sql: SqlStorage, id: string): StoredHookEvent | undefined {
  return sql.exec('SELECT * FROM hook_events WHERE id = ?', id).toArray().map(eventFrom)[0]
}

/** The event that a job answers. */
export function hookEventOfJob(sql: SqlStorage, job: string): StoredHookEvent | undefined {
  const select =
    'SELECT hook_events.* FROM jobs JOIN hook_events ON hook_events.id = jobs.event WHERE jobs.id = ?'
  return sql.exec(select, job).toArray().map(eventFrom)[0]
}

/** The filter of a list of events. */
export interface HookEventFilter {
  hook: string
  status: HookEventStatus | undefined
  sinceMs: number | undefined
  before: number | undefined
  limit: number
}

/** Events of a hook, newest first. */
export function listHookEvents(sql: SqlStorage, filter: HookEventFilter): StoredHookEvent[] {
  const conditions: Condition[] = [
    ['hook = ?', filter.hook],
    ['status = ?', filter.status],
    ['received_ms >= ?', filter.sinceMs],
    ['sequence < ?', filter.before],
  ]
  return selectPage(sql, 'hook_events', conditions, filter.limit).map(eventFrom)
}

/** Deletes expired events and their names. */
export function pruneHookEvents(sql: SqlStorage, nowMs: number): void {
  sql.exec('DELETE FROM hook_events WHERE received_ms < ?', nowMs - EVENT_LIFETIME_MS)
  sql.exec('DELETE FROM hook_dedupe WHERE until_ms <= ?', nowMs)
}

function eventFrom(row: Record<string, SqlStorageValue>): StoredHookEvent {
  return {
    sequence: Number(row.sequence),
    id: String(row.id),
    hook: String(row.hook),
    receivedMs: Number(row.received_ms),
    status: String(row.status) as HookEventStatus,
    reason: row.reason === null ? null : String(row.reason),
    job: row.job === null ? null : String(row.job),
    event: String(row.event),
  }
}
