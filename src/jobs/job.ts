import type { Usage } from '../dashscope/usage.ts'
import type { StoredCall } from './stored-call.ts'

/**
 * `call`: one request and its response. `task`: watched until DashScope has completed it. `hook`: answers an event.
 */
export type JobKind = 'call' | 'task' | 'hook'

/** `waiting`: DashScope works on the task. The last four are final. */
export type JobStatus = 'queued' | 'running' | 'waiting' | FinalStatus
export type FinalStatus = 'succeeded' | 'failed' | 'canceled' | 'expired'

export const JOB_STATUSES: readonly JobStatus[] = [
  'queued',
  'running',
  'waiting',
  'succeeded',
  'failed',
  'canceled',
  'expired',
]

/** Events at the end of a job; there is one per run. */
export const FINAL_EVENTS = ['job.succeeded', 'job.failed', 'job.canceled', 'job.expired'] as const

/** Events of a job in progress: attempted once, and sent only to receivers that list them. */
export const PROGRESS_EVENTS = ['job.started', 'task.updated'] as const

/** Events at the end of a batch; there is one per batch. */
export const BATCH_EVENTS = ['batch.completed', 'batch.failed', 'batch.expired', 'batch.cancelled'] as const

/** Events that the gateway reports to the operator's endpoints. */
export const OPERATOR_EVENTS = [
  'budget.threshold',
  'key.expiring',
  'delivery.dead',
  'endpoint.disabled',
  'region.down',
  'region.up',
] as const

export type FinalEvent = (typeof FINAL_EVENTS)[number]
export type JobEvent = FinalEvent | (typeof PROGRESS_EVENTS)[number]
export type BatchEvent = (typeof BATCH_EVENTS)[number]
export type OperatorEvent = (typeof OPERATOR_EVENTS)[number]

/** Where a job's events go: a URL, or one of the key's endpoints by its id. */
export type WebhookTarget = { url: string } | { endpoint: string }

/** The notifications requested for a job. */
export type JobWebhook = WebhookTarget & { events: readonly JobEvent[] }

/** The notification requested for a batch. */
export type BatchWebhook = WebhookTarget & { events: readonly BatchEvent[] }

/** Why a job failed; DashScope's own code and message if it has one. */
export interface JobError {
  code: string
  message: string
}

/** The hook's event that a job answers. */
export interface JobHook {
  id: string
  /** The id of the event. */
  event: string
  /** Whether this job is a requested replay; otherwise an event gets only one job. */
  isReplay: boolean
  /** The text sent before the model has responded. */
  ackText: string | null
}

/** The input for a new job. */
export interface NewJob {
  id: string
  kind: JobKind
  /** The client key's id. */
  key: string
  call: StoredCall
  /** A task that was already submitted; null if the job submits one itself or has none. */
  taskId: string | null
  hook: JobHook | null
  /** The gateway's origin, for links in messages. */
  origin: string
  metadata: Readonly<Record<string, string>>
  webhook: JobWebhook | null
  idempotency: { key: string; fingerprint: string } | null
  /** Open jobs that the key may have. */
  openLimit: number
  createdMs: number
}

/** A job in the API. Times are ISO 8601. */
export interface JobRecord {
  id: string
  object: 'job'
  kind: JobKind
  status: JobStatus
  key: string
  path: string
  model: string
  task_id: string | null
  hook: string | null
  created_at: string
  started_at: string | null
  ended_at: string | null
  runs: number
  status_code: number | null
  usage: Usage | null
  error: JobError | null
  result_expires_at: string | null
  metadata: Readonly<Record<string, string>>
  webhook:
    | (WebhookTarget & {
        events: readonly JobEvent[]
        status: 'none' | 'pending' | 'delivered' | 'dead'
        tries: number
        next_at: string | null
      })
    | null
  expires_at: string
}

/** The result of `LEDGER.accept`. */
export type Accepted =
  | { kind: 'accepted' | 'repeated'; record: JobRecord }
  | { kind: 'mismatch' }
  | { kind: 'full'; open: number }
  | { kind: 'unknown-endpoint' }

/** Headers of a response, with names in lower case. */
export type HeaderFields = Record<string, string>

/** The outcome of a job's call. */
export type CallOutcome =
  | { kind: 'response'; status: number; headers: HeaderFields; home: string }
  | { kind: 'task'; taskId: string; status: number; headers: HeaderFields; home: string }
  | { kind: 'error'; error: JobError; charged: boolean }

/** Whether a job has ended. */
export function isFinal(status: JobStatus): status is FinalStatus {
  return status === 'succeeded' || status === 'failed' || status === 'canceled' || status === 'expired'
}

/** Whether a list of events contains an event; the `*` of an endpoint matches all. */
export function wants(events: readonly string[], event: string): boolean {
  return events.includes(event) || events.includes('*')
}

/** A time in the format of the API. */
export function isoOf(milliseconds: number): string
export function isoOf(milliseconds: number | null): string | null
export function isoOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString()
}
