import type { Usage } from '../dashscope/usage.ts'
import type { StoredCall } from './stored-call.ts'

/** A call is one request and its response, a task is watched until DashScope has done it, a hook answers an event. */
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

/** Events that end a job; each job has one per run. */
export const FINAL_EVENTS = ['job.succeeded', 'job.failed', 'job.canceled', 'job.expired'] as const

/** Events of a job under way: sent once, and only to receivers that name them. */
export const PROGRESS_EVENTS = ['job.started', 'task.updated'] as const

/** How a batch ended; each batch has one of them. */
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

/** The notifications that a job's creator asked for. */
export type JobWebhook = WebhookTarget & { events: readonly JobEvent[] }

/** The notification that a batch's creator asked for. */
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
  /** Whether the event is answered again, on request; otherwise it gets one job. */
  isReplay: boolean
  /** What is said while the model works. */
  ackText: string | null
}

/** What is needed to create a job. */
export interface NewJob {
  id: string
  kind: JobKind
  /** The client key's id. */
  key: string
  call: StoredCall
  /** A task that was submitted already; null if the job submits it or has none. */
  taskId: string | null
  hook: JobHook | null
  /** The gateway's own origin, for links in messages. */
  origin: string
  metadata: Readonly<Record<string, string>>
  webhook: JobWebhook | null
  idempotency: { key: string; fingerprint: string } | null
  /** Open jobs that the key may have. */
  openLimit: number
  createdMs: number
}

/** A job as the API shows it. Times are ISO 8601. */
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

/** What `LEDGER.accept` says of a new job. */
export type Accepted =
  | { kind: 'accepted' | 'repeated'; record: JobRecord }
  | { kind: 'mismatch' }
  | { kind: 'full'; open: number }
  | { kind: 'unknown-endpoint' }

/** Headers of a response by their names in lower case. */
export type HeaderFields = Record<string, string>

/** How the call of a job ended. */
export type CallOutcome =
  | { kind: 'response'; status: number; headers: HeaderFields; home: string }
  | { kind: 'task'; taskId: string; status: number; headers: HeaderFields; home: string }
  | { kind: 'error'; error: JobError; charged: boolean }

/** Whether a job has ended. */
export function isFinal(status: JobStatus): status is FinalStatus {
  return status === 'succeeded' || status === 'failed' || status === 'canceled' || status === 'expired'
}

/** Whether a webhook wants an event: `events` of the job, and of its endpoint where `*` stands for all. */
export function wants(events: readonly string[], event: string): boolean {
  return events.includes(event) || events.includes('*')
}

/** A time as the API shows it. */
export function isoOf(milliseconds: number): string
export function isoOf(milliseconds: number | null): string | null
export function isoOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString()
}
