import type { Protocol } from '../dashscope/socket-endpoints.ts'
import { errorBody, type GatewayError } from '../errors.ts'

/** RFC 6455 section 7.4.1: a message that violates the endpoint's policy, and a condition that prevents the service. */
const POLICY_VIOLATION = 1008
export const INTERNAL_ERROR = 1011

/** The longest close reason in bytes (RFC 6455 section 5.5). */
const MAX_REASON_BYTES = 123

/** An error as it is said on a socket: the gateway's own, or DashScope's with its own code. */
export interface SocketError {
  /** The HTTP status that the error would have. */
  status: number
  /** A code of DashScope's native dialect. */
  code: string
  message: string
  param?: string
}

/** The gateway's own error in the native dialect. */
export function socketErrorOf(error: GatewayError, requestId: string): SocketError {
  const { code } = errorBody(error, 'native', requestId)
  const { status, message, param } = error
  return { status, code: `${code}`, message, ...(param !== undefined && { param }) }
}

/**
 * An error as the SDKs of a protocol read it from a frame. A bare close would not do: Java's SDK reports it as a completed
 * task, and Python's waits for ever.
 *
 * @param taskId the task that the error ends; `/inference` only.
 */
export function socketErrorFrame(
  protocol: Protocol,
  error: SocketError,
  requestId: string,
  taskId = '',
): string {
  const { status, code, message, param } = error
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
  const type = status < 500 ? 'invalid_request_error' : 'server_error'
  const details = { type, code, message, ...(param !== undefined && { param }) }
  return JSON.stringify({ event_id: `event_${requestId}`, type: 'error', error: details })
}

/** How a session that ends with an error is closed: the code is the reason. */
export function closeOf({ status, code }: SocketError): { code: number; reason: string } {
  return { code: status < 500 ? POLICY_VIOLATION : INTERNAL_ERROR, reason: code.slice(0, MAX_REASON_BYTES) }
}

/** A close code that may be sent on: 1005 and 1006 are reports of the runtime's own and must not be on the wire. */
export function sendableCode(code: number): number | undefined {
  const isProtocol = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)
  return isProtocol || (code >= 3000 && code <= 4999) ? code : undefined
}
