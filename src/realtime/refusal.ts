import type { GatewayError } from '../errors.ts'
import { errorBody } from '../errors.ts'
import type { Protocol } from './protocol.ts'

/** RFC 6455 section 7.4.1: a message that violates the endpoint's policy, and a condition that prevents the service. */
export const POLICY_VIOLATION = 1008
export const INTERNAL_ERROR = 1011

/** The longest close reason in bytes (RFC 6455 section 5.5). */
const MAX_REASON_BYTES = 123

/**
 * An error as the SDKs of a protocol read it from a frame. A bare close would not do: Java's SDK reports it as a completed
 * task, and Python's waits for ever.
 *
 * @param taskId the task that the error ends; `/inference` only.
 */
export function errorFrame(protocol: Protocol, error: GatewayError, requestId: string, taskId = ''): string {
  const { code, message } = nativeError(error, requestId)
  if (protocol === 'inference') {
    const header = {
      task_id: taskId,
      event: 'task-failed',
      error_code: code,
      error_message: message,
      attributes: {},
    }
    return JSON.stringify({ header, payload: {} })
  }
  const type = error.status < 500 ? 'invalid_request_error' : 'server_error'
  const param = error.param === undefined ? {} : { param: error.param }
  return JSON.stringify({
    event_id: `event_${requestId}`,
    type: 'error',
    error: { type, code, message, ...param },
  })
}

/** How a session that ends with an error is closed: the native code is the reason. */
export function closeOf(error: GatewayError, requestId: string): { code: number; reason: string } {
  const { code } = nativeError(error, requestId)
  return {
    code: error.status < 500 ? POLICY_VIOLATION : INTERNAL_ERROR,
    reason: code.slice(0, MAX_REASON_BYTES),
  }
}

/** A close code that may be sent on: 1005 and 1006 are reports of the runtime's own and must not be on the wire. */
export function sendableCode(code: number): number | undefined {
  const isSendable =
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999)
  return isSendable ? code : undefined
}

function nativeError(error: GatewayError, requestId: string): { code: string; message: string } {
  const body = errorBody(error, 'native', requestId) as { code: string; message: string }
  return { code: body.code, message: body.message }
}
