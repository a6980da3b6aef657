import { failureIn } from '../../dashscope/failure.ts'
import type { CallOutcome, HeaderFields, JobError } from '../job.ts'
import type { JobEnd } from './endings.ts'

/** Converts the outcome of a call to the end of its job: a status of 400 and above is a refusal by DashScope. */
export function endOfCall(
  outcome: Exclude<CallOutcome, { kind: 'task' }>,
  body: Uint8Array<ArrayBuffer>,
): JobEnd {
  if (outcome.kind === 'error') {
    return { status: 'failed', error: outcome.error, charged: outcome.charged }
  }
  const { status, headers, home } = outcome
  const response = { status, headers, home, body }
  if (status < 400) return { status: 'succeeded', response }
  return { status: 'failed', response, error: errorIn(status, headers, body) }
}

/** DashScope's code and message; its status if the body has neither. */
function errorIn(status: number, headers: HeaderFields, body: Uint8Array): JobError {
  const { code, message } = failureIn(status, Object.entries(headers), body, 0)
  return { code: code || String(status), message: message || `DashScope answered ${status}.` }
}

/** The result of a task. */
export interface TaskOutcome {
  task: string
  /** DashScope's `task_status`. */
  taskStatus: string
  status: number
  headers: HeaderFields
  body: Uint8Array<ArrayBuffer>
  home: string
  error: JobError | null
}

/**
 * Converts the result of a task to the end of its job. A task that DashScope gave up or no longer has may have been
 * billed.
 */
export function endOfTask({ taskStatus, error, ...response }: TaskOutcome): JobEnd {
  if (taskStatus === 'SUCCEEDED') return { status: 'succeeded', response }
  if (taskStatus === 'CANCELED') return { status: 'canceled', response }
  const given = error ?? { code: taskStatus, message: `DashScope ended the task as ${taskStatus}.` }
  if (taskStatus === 'UNKNOWN') return { status: 'expired', error: given, charged: true }
  return { status: 'failed', response, error: given }
}
