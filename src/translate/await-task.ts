import { ENDED_TASKS } from '../dashscope/task-result.ts'
import { GatewayError } from '../errors.ts'
import { type JsonObject, objectAt, parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import type { TranslationContext } from '../proxy/translation.ts'
import type { UpstreamResponse, WholeResponse } from '../upstream/response.ts'
import { failedTask, readNative } from './native-response.ts'
import { nativeEndpoint } from './plan.ts'

/** The first look at a task, and how much later each further one is. Fast images take about two seconds. */
const FIRST_LOOK_MS = 500

/** The longest pause between two looks: an account has 20 lookups a second for all its tasks. */
const LONGEST_PAUSE_MS = 5000

/** The last states of a task; UNKNOWN is one that DashScope has forgotten (asynchronous task management page). */
const ENDED: readonly unknown[] = [...ENDED_TASKS, 'UNKNOWN']

/** How often DashScope may say that it does not know the task: a new one may not be everywhere yet. */
const MAX_UNKNOWN = 2

/** A task that has ended, as its last lookup shows it. */
export interface EndedTask {
  whole: WholeResponse
  output: JsonObject
  status: unknown
}

/** A result, at once or of a task, or an error in OpenAI's shape. */
export type Result =
  | { kind: 'result'; headers: [string, string][]; output: JsonObject; usage: JsonObject }
  | { kind: 'error'; response: WholeResponse }

/**
 * The result of a native call; that of a submit is awaited.
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

/** How long to wait before the look with this number, from 0. */
export function pauseMs(look: number): number {
  return Math.min(FIRST_LOOK_MS * 2 ** look, LONGEST_PAUSE_MS)
}

/**
 * Waits until a task has ended.
 *
 * @throws GatewayError `timeout` at the end of the request's time, or the signal's reason if the caller leaves. The task
 *   goes on in both cases, and still belongs to the caller.
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

/** One look at a task; undefined if it failed, which the next one may not. */
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
    `The task ${taskId} has not ended in time. It keeps running: look it up with GET /api/v1/tasks/${taskId}.`,
  )
}
