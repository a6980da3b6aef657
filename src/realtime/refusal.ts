import type { Protocol } from '../dashscope/socket-endpoints.ts'
import { errorBody, type GatewayError } from '../errors.ts'

/**
 * RFC 6455 section 7.4.1: close codes for a message that violates the endpoint's policy, and for an unexpected
 * condition.
 */
const POLICY_VIOLATION = 1008
export const INTERNAL_ERROR = 1011

/** The longest close reason in bytes (RFC 6455 section 5.5). */
const MAX_REASON_BYTES = 123

/** An error on a socket: the gateway's own, or DashScope's with its code. */
export interface SocketError {
  /** The corresponding HTTP status. */
  status: number
  /** A code of DashScope's native dialect. */
  code: string
  message: string
  param?: string
}

/** Converts the gateway's own error to the native dialect. */
export function socketErrorOf(error: GatewayError, requestId: string): SocketError {
  const { code } = errorBody(error, 'native', requestId)
  const { status, message, param } = error
  return { status, code: `${code}`, message, ...(param !== undefined && { param }) }
}

/**
 * The frame from which the SDKs of a protocol read an error. Only closing the socket is not enough: Java's SDK would
 * report a completed task, and Python's would wait forever.
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

/** The close code and reason of a session that ends with an error; the reason is the error's code. */
export function closeOf({ status, code }: SocketError): { code: number; reason: string } {
  return { code: status < 500 ? POLICY_VIOLATION : INTERNAL_ERROR, reason: code.slice(0, MAX_REASON_BYTES) }
}

/** A close code that may be forwarded; 1005 and 1006 are set by the runtime and must not be sent. */
export function sendableCode(code: number): number | undefined {
  const isProtocol = code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)
  return isProtocol || (code >= 3000 && code <= 4999) ? code : undefined
}
