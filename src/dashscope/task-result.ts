import { type JsonObject, objectAt } from '../lib/json/object.ts'
import { usageOf } from './read-usage.ts'
import type { Usage } from './usage.ts'

/** The last states of a task (asynchronous task management page). */
export const ENDED_TASKS = ['SUCCEEDED', 'FAILED', 'CANCELED'] as const

type TaskEndState = (typeof ENDED_TASKS)[number]

/** Tasks of all services report their usage at the top level of the result. */
const TASK_USAGE = ['usage']

/** The end states of background responses (asynchronous call page of applications). */
const ENDED_RESPONSES = new Map<unknown, TaskEndState>([
  ['completed', 'SUCCEEDED'],
  ['incomplete', 'SUCCEEDED'],
  ['failed', 'FAILED'],
  ['cancelled', 'CANCELED'],
])

/** How a task ended, and its reported usage. */
export interface TaskResult {
  status: TaskEndState
  usage: Usage | undefined
  /** In nanos, if the parts of the usage were priced separately. */
  money?: number | undefined
}

/**
 * Parses the lookup of a task or background response.
 *
 * @returns undefined while it runs, and for a task that DashScope does not know (any more).
 */
export function taskResultIn(body: JsonObject | undefined): TaskResult | undefined {
  const state = objectAt(body, 'output')?.task_status
  const status = ENDED_TASKS.find((each) => each === state) ?? ENDED_RESPONSES.get(body?.status)
  return status && { status, usage: usageOf(body, TASK_USAGE) }
}
