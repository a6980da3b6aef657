import type { Usage } from '../../dashscope/usage.ts'
import { DAY_MS } from '../../lib/calendar.ts'
import {
  FINAL_EVENTS,
  type HeaderFields,
  isoOf,
  type JobError,
  type JobKind,
  type JobRecord,
  type JobStatus,
  type JobWebhook,
  type NewJob,
} from '../job.ts'
import type { StoredCall } from '../stored-call.ts'
import { type Condition, selectPage } from './page.ts'

/** A stored job. Times are milliseconds since 1970. */
export interface StoredJob {
  sequence: number
  id: string
  kind: JobKind
  status: JobStatus
  key: string
  path: string
  model: string
  taskId: string | null
  hook: string | null
  origin: string
  createdMs: number
  startedMs: number | null
  endedMs: number | null
  expiresMs: number
  runs: number
  /** How often the call was sent to DashScope; more than `runs` if the gateway was restarted in between. */
  submissions: number
  statusCode: number | null
  /** The id of the target that answered. */
  home: string
  headers: HeaderFields
  usage: Usage | null
  error: JobError | null
  resultExpiresMs: number | null
  metadata: Record<string, string>
  webhook: JobWebhook | null
  call: StoredCall
  /** The proxy has already settled the call: a task that a caller submitted itself. */
  isSettledElsewhere: boolean
}

/** The fields of a stored job that can change. */
export type JobChange = Partial<
  Pick<
    StoredJob,
    | 'status'
    | 'taskId'
    | 'startedMs'
    | 'endedMs'
    | 'expiresMs'
    | 'runs'
    | 'submissions'
    | 'statusCode'
    | 'home'
    | 'headers'
    | 'usage'
    | 'error'
    | 'resultExpiresMs'
  >
> & {
  /** When the watchdog checks the job next; null for never. */
  wakeMs?: number | null
}

/** The column of each field that may change. */
const COLUMNS: Readonly<Record<keyof JobChange, string>> = {
  status: 'status',
  taskId: 'task_id',
  startedMs: 'started_ms',
  endedMs: 'ended_ms',
  expiresMs: 'expires_ms',
  runs: 'runs',
  submissions: 'submissions',
  statusCode: 'status_code',
  home: 'home',
  headers: 'headers',
  usage: 'usage',
  error: 'error',
  resultExpiresMs: 'result_expires_ms',
  wakeMs: 'wake_ms',
}

/** Adds a job: queued, or waiting if its task was already submitted. */
export function insertJob(sql: SqlStorage, job: NewJob, retentionDays: number): void {
  const { call, createdMs } = job
  sql.exec(
    `INSERT INTO jobs (id, kind, status, key, path, model, task_id, hook, event, origin, created_ms, expires_ms, runs,
       submissions, home, metadata, webhook, call, settled_elsewhere, wake_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 0, ?, ?, ?, ?, ?, ?)`,
    job.id,
    job.kind,
    job.taskId === null ? 'queued' : 'waiting',
    job.key,
    call.path,
    call.model,
    job.taskId,
    job.hook?.id ?? null,
    job.hook?.event ?? null,
    job.origin,
    createdMs,
    createdMs + retentionDays * DAY_MS,
    call.targets[0] ?? '',
    JSON.stringify(job.metadata),
    job.webhook && JSON.stringify(job.webhook),
    JSON.stringify(call),
    job.taskId === null ? 0 : 1,
    createdMs,
  )
}

/** Changes fields of a job. */
export function changeJob(sql: SqlStorage, id: string, change: JobChange): void {
  const entries = Object.entries(change) as [keyof JobChange, unknown][]
  const sets = entries.map(([field]) => `${COLUMNS[field]} = ?`).join(', ')
  const values = entries.map(([, value]) =>
    typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as string | number | null),
  )
  sql.exec(`UPDATE jobs SET ${sets} WHERE id = ?`, ...values, id)
}

/** A job by its id; undefined if there is none. */
export function readJob(sql: SqlStorage, id: string): StoredJob | undefined {
  return sql.exec('SELECT * FROM jobs WHERE id = ?', id).toArray().map(jobFrom)[0]
}

/** Jobs that have not ended. */
export function countOpen(sql: SqlStorage): number {
  const select = `SELECT count(*) AS open FROM jobs WHERE status IN ('queued', 'running', 'waiting')`
  return Number(sql.exec(select).one().open)
}

/** Jobs due for a check by the watchdog, oldest first. */
export function jobsToWake(sql: SqlStorage, nowMs: number, most: number): StoredJob[] {
  const select = 'SELECT * FROM jobs WHERE wake_ms <= ? ORDER BY wake_ms LIMIT ?'
  return sql.exec(select, nowMs, most).toArray().map(jobFrom)
}

/** The filter of a list of jobs. */
export interface JobFilter {
  status: JobStatus | undefined
  kind: JobKind | undefined
  model: string | undefined
  sinceMs: number | undefined
  untilMs: number | undefined
  limit: number
  /** Only jobs with a lower sequence number. */
  before: number | undefined
}

/** One page of jobs, newest first. */
export function selectJobs(sql: SqlStorage, filter: JobFilter): StoredJob[] {
  const conditions: Condition[] = [
    ['status = ?', filter.status],
    ['kind = ?', filter.kind],
    ['model = ?', filter.model],
    ['created_ms >= ?', filter.sinceMs],
    ['created_ms < ?', filter.untilMs],
    ['sequence < ?', filter.before],
  ]
  return selectPage(sql, 'jobs', conditions, filter.limit).map(jobFrom)
}

/** A job in the API, with the delivery state of its final event. */
export function recordOf(sql: SqlStorage, job: StoredJob): JobRecord {
  const { taskId, statusCode, createdMs, startedMs, endedMs, resultExpiresMs, expiresMs } = job
  return {
    id: job.id,
    object: 'job',
    kind: job.kind,
    status: job.status,
    key: job.key,
    path: job.path,
    model: job.model,
    task_id: taskId,
    hook: job.hook,
    created_at: isoOf(createdMs),
    started_at: isoOf(startedMs),
    ended_at: isoOf(endedMs),
    runs: job.runs,
    status_code: statusCode,
    usage: job.usage,
    error: job.error,
    result_expires_at: isoOf(resultExpiresMs),
    metadata: job.metadata,
    webhook: job.webhook && { ...job.webhook, ...deliveryStateOf(sql, job) },
    expires_at: isoOf(expiresMs),
  }
}

function deliveryStateOf(
  sql: SqlStorage,
  { id, endedMs }: StoredJob,
): Pick<NonNullable<JobRecord['webhook']>, 'status' | 'tries' | 'next_at'> {
  if (endedMs === null) return { status: 'pending', tries: 0, next_at: null }
  const marks = FINAL_EVENTS.map(() => '?').join(', ')
  const select = `SELECT status, tries, next_ms FROM deliveries WHERE job = ? AND event IN (${marks})
    ORDER BY sequence DESC LIMIT 1`
  const [row] = sql.exec(select, id, ...FINAL_EVENTS).toArray()
  if (!row) return { status: 'none', tries: 0, next_at: null }
  const status = row.status as 'pending' | 'delivered' | 'dead'
  return { status, tries: Number(row.tries), next_at: isoOf(row.next_ms as number | null) }
}

function jobFrom(row: Record<string, SqlStorageValue>): StoredJob {
  const json = (value: SqlStorageValue | undefined) => JSON.parse(String(value ?? 'null'))
  const number = (value: SqlStorageValue | undefined) => (typeof value === 'number' ? value : null)
  return {
    sequence: Number(row.sequence),
    id: String(row.id),
    kind: row.kind as JobKind,
    status: row.status as JobStatus,
    key: String(row.key),
    path: String(row.path),
    model: String(row.model),
    taskId: row.task_id === null ? null : String(row.task_id),
    hook: row.hook === null ? null : String(row.hook),
    origin: String(row.origin),
    createdMs: Number(row.created_ms),
    startedMs: number(row.started_ms),
    endedMs: number(row.ended_ms),
    expiresMs: Number(row.expires_ms),
    runs: Number(row.runs),
    submissions: Number(row.submissions),
    statusCode: number(row.status_code),
    home: String(row.home),
    headers: json(row.headers) ?? {},
    usage: json(row.usage),
    error: json(row.error),
    resultExpiresMs: number(row.result_expires_ms),
    metadata: json(row.metadata),
    webhook: json(row.webhook),
    call: json(row.call),
    isSettledElsewhere: row.settled_elsewhere === 1,
  }
}
