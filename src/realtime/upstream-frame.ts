import { statusOfError } from '../dashscope/upstream-errors.ts'
import { type JsonObject, objectAt } from '../lib/json/object.ts'
import { maskCredentials } from '../lib/mask.ts'

/** The error that a frame of DashScope reports. */
export interface UpstreamError {
  status: number
  code: string
  message: string
}

/** The error in a `task-failed` frame or in an `error` event; undefined for any other frame. */
export function errorInFrame(frame: JsonObject): UpstreamError | undefined {
  const header = objectAt(frame, 'header')
  if (header?.event === 'task-failed') return errorOf(header.error_code, header.error_message)
  const error = frame.type === 'error' ? objectAt(frame, 'error') : undefined
  return error && errorOf(error.code, error.message, error.type === 'server_error' ? 500 : undefined)
}

/**
 * A frame with an error and no credentials: DashScope quotes wrong keys in its messages (promise P2).
 *
 * @param apiKey the key of the connection.
 */
export function withoutCredentials(text: string, apiKey: string | undefined): string {
  const masked = maskCredentials(text)
  return apiKey ? masked.replaceAll(apiKey, '…') : masked
}

function errorOf(code: unknown, message: unknown, stated?: number): UpstreamError {
  return {
    status: statusOfError(code, message, stated),
    code: typeof code === 'string' ? code : '',
    message: typeof message === 'string' ? message : '',
  }
}
