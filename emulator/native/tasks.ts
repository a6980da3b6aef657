import type { Task } from '../accounts.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { numberOf, objectOf, textOf } from '../json.ts'
import { type Problem, problem } from '../problems.ts'
import { statusOf, taskOutput } from './task-state.ts'

/** How long a task waits before it runs, in milliseconds, unless a fault changes it. */
const PENDING_MILLISECONDS = 50
const DEFAULT_RESOLUTION = '720P'

/** Whether `X-DashScope-Async: enable` requests a task. */
export function asksForTask({ headers }: Exchange): boolean {
  return headers.get('x-dashscope-async')?.toLowerCase() === 'enable'
}

/** The problem for the async header at a synchronous endpoint. */
export function refuseTask(): Problem {
  return problem('AccessDenied', 'Current user api does not support asynchronous calls.')
}

/** Answers the POST of every endpoint that only works as a task: creates the task and returns its id. */
export function submitTask(exchange: Exchange): EmulatorResponse {
  const { account, body, fault, model, now, requestId, url } = exchange
  if (!asksForTask(exchange)) {
    return problem('AccessDenied', 'current user api does not support synchronous calls.')
  }
  if (body.input === undefined) return problem('BadRequest.EmptyInput')
  const task: Task = {
    id: crypto.randomUUID(),
    requestId,
    service: url.pathname.replace(/^\/api\/v1\/services\/|\/$/g, ''),
    model,
    submittedAt: now,
    pendingMilliseconds: fault?.name === 'task-pending' ? fault.milliseconds : PENDING_MILLISECONDS,
    canceledAt: undefined,
    fails: fault?.name === 'task-failed',
    pieces: numberOf(objectOf(body.parameters).n) ?? 1,
    resolution: isVideo(url) ? textOf(objectOf(body.parameters).resolution) || DEFAULT_RESOLUTION : undefined,
  }
  account.tasks.set(task.id, task)
  return {
    kind: 'json',
    body: { output: { task_status: 'PENDING', task_id: task.id }, request_id: requestId },
  }
}

function isVideo(url: URL): boolean {
  return url.pathname.endsWith('video-synthesis')
}

/** Answers GET /api/v1/tasks/{id}: an unknown id is not an error, but a task with the status UNKNOWN. */
export function getTask({ account, now, parts, requestId, url }: Exchange): EmulatorResponse {
  const id = parts[0] ?? ''
  const task = account.tasks.get(id)
  if (task === undefined) {
    const output = { task_id: id, task_status: 'UNKNOWN' }
    return { kind: 'json', body: { request_id: requestId, output } }
  }
  return { kind: 'json', body: { request_id: requestId, ...taskOutput(task, now, url.origin) } }
}

/** Answers POST /api/v1/tasks/{id}/cancel: only a waiting task can be canceled. */
export function cancelTask({ account, now, parts, requestId }: Exchange): EmulatorResponse {
  const task = account.tasks.get(parts[0] ?? '')
  if (task === undefined || statusOf(task, now) !== 'PENDING') {
    return problem(
      'UnsupportedOperation',
      'Failed to cancel the task, please confirm if the task is in PENDING status.',
    )
  }
  task.canceledAt = now
  return { kind: 'json', body: { request_id: requestId } }
}
