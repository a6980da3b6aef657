import { ENDED_BATCHES, RUNNING_BATCHES } from '../dashscope/batch.ts'
import { ENDED_TASKS } from '../dashscope/task-result.ts'
import { HOUR_MS } from '../lib/calendar.ts'
import { type JsonObject, objectAt } from '../lib/json/object.ts'

const RUNNING_TASKS = ['PENDING', 'RUNNING', 'SUSPENDED', 'PRE-PROCESSING', 'POST-PROCESSING'] as const

/** A kind of watched object and how it is looked up. A new kind is a new row. */
interface WatchedKindFacts {
  path: (id: string) => string
  /** The state in the response. */
  stateIn: (body: JsonObject | undefined) => unknown
  running: readonly string[]
  ended: readonly string[]
  /** The first pause between two lookups, and the increment of each further one. */
  stepMs: number
  /** The longest pause between two lookups. */
  maxPauseMs: number
  /** The age at which it is given up. */
  maxAgeMs: number
}

export const WATCHED_KINDS = {
  task: {
    path: (id) => `/api/v1/tasks/${id}`,
    stateIn: (body) => objectAt(body, 'output')?.task_status,
    running: RUNNING_TASKS,
    ended: ENDED_TASKS,
    stepMs: 2000,
    maxPauseMs: 30_000,
    // DashScope deletes a task after 24 hours.
    maxAgeMs: 26 * HOUR_MS,
  },
  batch: {
    path: (id) => `/compatible-mode/v1/batches/${id}`,
    stateIn: (body) => body?.status,
    running: RUNNING_BATCHES,
    ended: ENDED_BATCHES,
    stepMs: 2000,
    maxPauseMs: 60_000,
    // The longest window is 336 hours; DashScope then ends a batch as expired.
    maxAgeMs: (336 + 24) * HOUR_MS,
  },
  // A charged task or background response whose result no caller has seen. Its id is the path of the lookup.
  charge: {
    path: (path) => path,
    stateIn: (body) => objectAt(body, 'output')?.task_status ?? body?.status,
    running: [...RUNNING_TASKS, 'queued', 'in_progress'],
    ended: [...ENDED_TASKS, 'completed', 'incomplete', 'failed', 'cancelled'],
    stepMs: HOUR_MS / 6,
    maxPauseMs: HOUR_MS,
    maxAgeMs: 26 * HOUR_MS,
  },
} as const satisfies Record<string, WatchedKindFacts>

export type WatchedKind = keyof typeof WATCHED_KINDS
