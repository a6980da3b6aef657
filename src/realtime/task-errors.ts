import { GatewayError } from '../errors.ts'
import { objectAt, parseObject } from '../lib/json/object.ts'
import type { CallerFrame } from './in-order.ts'
import type { SocketError } from './refusal.ts'

/** The error of every open task when the connection to DashScope is lost. */
export const CONNECTION_LOST: SocketError = {
  status: 502,
  code: 'InternalError.Upstream',
  message: 'The gateway has lost the connection to DashScope. Start the task again on a new connection.',
}

/** The error for a task that cannot use the account of its connection. */
export function elsewhere(): GatewayError {
  const message =
    'The task needs another region or account than that of the connection. Open another connection for it.'
  return new GatewayError('invalid', message)
}

/** The task id in an invalid frame, so that its client can identify the failed task. */
export function invalidFrameTaskId(frame: CallerFrame | undefined): string {
  const header = typeof frame === 'string' ? objectAt(parseObject(frame), 'header') : undefined
  const taskId = header?.task_id
  return typeof taskId === 'string' && /^[\w-]{1,64}$/.test(taskId) ? taskId : ''
}
