import { failureIn } from '../dashscope/failure.ts'
import { statusOfError } from '../dashscope/upstream-errors.ts'
import { isJsonObject, type JsonObject, objectAt, parseObject } from '../lib/json/object.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import { asJson, type UpstreamResponse, type WholeResponse } from '../upstream/response.ts'

/** A parsed native response: its JSON, or an error in OpenAI's format. */
export type NativeResponse =
  | { kind: 'response'; headers: [string, string][]; output: JsonObject; usage: JsonObject }
  | { kind: 'error'; response: WholeResponse }

/** The types of OpenAI's errors by status. */
const TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  403: 'access_denied',
  404: 'invalid_request_error',
  413: 'invalid_request_error',
  415: 'invalid_request_error',
  429: 'limit_requests',
}
const OTHER_TYPE = 'upstream_error'

/** Parses a native response; one that is too large, or has no `output`, is an error. */
export function readNative(response: UpstreamResponse): NativeResponse {
  if (response.kind === 'open') {
    void response.body?.cancel().catch(() => undefined)
    return {
      kind: 'error',
      response: errorOf(502, '', "DashScope's response is too large.", []),
    }
  }
  const { status, headers, body } = response
  if (status >= 400) {
    const { code, message } = failureIn(status, headers, body, Date.now())
    return { kind: 'error', response: errorOf(status, code, message, headers) }
  }
  const value = parseObject(textOf(body))
  const output = objectAt(value, 'output')
  if (!output) {
    return { kind: 'error', response: errorOf(502, '', "DashScope's response has no result.", headers) }
  }
  return { kind: 'response', headers, output, usage: objectAt(value, 'usage') ?? {} }
}

/** The error of a failed task or part of a task, which DashScope reports with status 200. */
export function failedTask(output: JsonObject, headers: [string, string][]): WholeResponse {
  const { code, message, task_status: status } = output
  const name = typeof code === 'string' && code !== '' ? code : `Task.${String(status)}`
  const sentence =
    typeof message === 'string' && message !== '' ? message : `The task ended as ${String(status)}.`
  return errorOf(statusOfError(name, sentence, undefined), name, sentence, headers)
}

function errorOf(status: number, code: string, message: string, headers: [string, string][]): WholeResponse {
  const type = TYPES[status] ?? (status < 500 ? 'invalid_request_error' : OTHER_TYPE)
  const error = { message, type, param: null, code: code || type }
  return jsonResponse(status, { error }, headers)
}

/** A JSON response with DashScope's response headers. */
export function jsonResponse(status: number, body: unknown, headers: [string, string][]): WholeResponse {
  return { kind: 'whole', status, headers: asJson(headers), body: bytesOf(JSON.stringify(body)) }
}

/** The string at a path of member names and indexes. */
export function textAt(value: unknown, ...path: (string | number)[]): string | undefined {
  const found = path.reduce<unknown>(
    (inner, step) =>
      typeof step === 'number' && Array.isArray(inner)
        ? inner[step]
        : isJsonObject(inner)
          ? inner[step]
          : undefined,
    value,
  )
  return typeof found === 'string' ? found : undefined
}
