import { type JsonObject, objectAt } from '../lib/json/object.ts'
import { usageOf } from './read-usage.ts'
import type { Usage } from './usage.ts'

/** The last states of a task (asynchronous task management page). */
export const ENDED_TASKS = ['SUCCEEDED', 'FAILED', 'CANCELED'] as const

type EndedTask = (typeof ENDED_TASKS)[number]

/** Every task reports its usage at the top of its result, whichever service made it. */
const TASK_USAGE = ['usage']

/** How a response that was made in the background ends (asynchronous call page of applications). */
const ENDED_RESPONSES = new Map<unknown, EndedTask>([
  ['completed', 'SUCCEEDED'],
  ['incomplete', 'SUCCEEDED'],
  ['failed', 'FAILED'],
  ['cancelled', 'CANCELED'],
])

/** How a task ended, and what it reports to have used. */
export interface TaskResult {
  status: EndedTask
  usage: Usage | undefined
  /** Nanos, if the parts of the usage were priced one by one. */
  money?: number | undefined
}

/**
 * Reads the response to a lookup of a task, or of a response that is made in the background.
 *
 * @returns undefined while it runs, and for a task that DashScope does not know (any more).
 */
export function taskResultIn(body: JsonObject | undefined): TaskResult | undefined {
  const state = objectAt(body, 'output')?.task_status
  const status = ENDED_TASKS.find((each) => each === state) ?? ENDED_RESPONSES.get(body?.status)
  return status && { status, usage: usageOf(body, TASK_USAGE) }
}
