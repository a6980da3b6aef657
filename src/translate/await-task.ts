import { ENDED_TASKS } from '../dashscope/task-result.ts'
import { GatewayError } from '../errors.ts'
import { type JsonObject, objectAt, parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import type { TranslationContext } from '../proxy/translation.ts'
import type { UpstreamResponse, WholeResponse } from '../upstream/response.ts'
import { failedTask, readNative } from './native-response.ts'
import { nativeEndpoint } from './plan.ts'

/**
 * The delay of the first lookup of a task, and the increment of each further one. Fast images take about two seconds.
 */
const FIRST_LOOK_MS = 500

/** The longest pause between two lookups: an account has 20 lookups per second for all its tasks. */
const LONGEST_PAUSE_MS = 5000

/** The last states of a task; UNKNOWN is a task that DashScope no longer has (asynchronous task management page). */
const ENDED: readonly unknown[] = [...ENDED_TASKS, 'UNKNOWN']

/** How many times DashScope may report the task as unknown, since a new task may not be visible everywhere yet. */
const MAX_UNKNOWN = 2

/** A task that has ended, from its last lookup. */
export interface EndedTask {
  whole: WholeResponse
  output: JsonObject
  status: unknown
}

/** A result, direct or of a task, or an error in OpenAI's format. */
export type Result =
  | { kind: 'result'; headers: [string, string][]; output: JsonObject; usage: JsonObject }
  | { kind: 'error'; response: WholeResponse }

/**
 * The result of a native call; if it submits a task, awaits the task.
 *
 * @throws GatewayError as {@link awaitTask} does.
 */
export async function resultOf(response: UpstreamResponse, context: TranslationContext): Promise<Result> {
  const read = readNative(response)
  if (read.kind === 'error') return read
  const { task_id: taskId } = read.output
  if (typeof taskId !== 'string') return { ...read, kind: 'result' }
  const { whole, output, status } = await awaitTask(taskId, context)
  const { headers } = whole
  if (status !== 'SUCCEEDED') return { kind: 'error', response: failedTask(output, headers) }
  const usage = objectAt(parseObject(textOf(whole.body)), 'usage') ?? {}
  return { kind: 'result', headers, output, usage }
}

/** The pause before a lookup, by its number from 0. */
export function pauseMs(look: number): number {
  return Math.min(FIRST_LOOK_MS * 2 ** look, LONGEST_PAUSE_MS)
}

/**
 * Waits until a task has ended.
 *
 * @throws GatewayError `timeout` at the request's deadline, or the signal's reason if the caller leaves. In both
 *   cases the task continues and still belongs to the caller.
 */
export async function awaitTask(taskId: string, context: TranslationContext): Promise<EndedTask> {
  let unknown = 0
  for (let look = 0; ; look++) {
    const nextMs = Date.now() + pauseMs(look)
    if (nextMs >= context.untilMs) {
      await scheduler.wait(Math.max(0, context.untilMs - Date.now()), { signal: context.signal })
      throw tooSlow(taskId)
    }
    await scheduler.wait(pauseMs(look), { signal: context.signal })
    const seen = await lookAt(taskId, context)
    if (!seen || !ENDED.includes(seen.status)) continue
    if (seen.status === 'UNKNOWN' && ++unknown < MAX_UNKNOWN) continue
    return seen
  }
}

/** Looks up a task; undefined if the lookup failed, so that it is retried. */
async function lookAt(taskId: string, context: TranslationContext): Promise<EndedTask | undefined> {
  const response = await context.ask(taskLookup(taskId)).catch((thrown) => {
    context.signal.throwIfAborted()
    if (thrown instanceof GatewayError) return undefined
    throw thrown
  })
  return response && taskIn(response)
}

/** The lookup of a task. */
export function taskLookup(taskId: string) {
  return { endpoint: nativeEndpoint('task'), path: `/api/v1/tasks/${taskId}`, id: taskId }
}

function taskIn(response: UpstreamResponse): EndedTask | undefined {
  if (response.kind === 'open' || response.status !== 200) return undefined
  const output = objectAt(parseObject(textOf(response.body)), 'output')
  return output && { whole: response, output, status: output.task_status }
}

function tooSlow(taskId: string): GatewayError {
  return new GatewayError(
    'timeout',
    `The task ${taskId} did not end in time. It keeps running: look it up with GET /api/v1/tasks/${taskId}.`,
  )
}
