import type { JsonObject } from './json.ts'
import type { Problem } from './problems.ts'

/** The dialect of a path: DashScope's own, OpenAI chat's, OpenAI Responses' or Anthropic's. */
export type Dialect = 'native' | 'compatible' | 'responses' | 'anthropic'

/** The compatible endpoints' names for native codes; other codes keep their names. */
const COMPATIBLE_CODES: { [native: string]: string } = {
  InvalidParameter: 'invalid_parameter_error',
  InvalidApiKey: 'invalid_api_key',
  AccessDenied: 'access_denied',
  ModelNotFound: 'model_not_found',
  NotFound: 'not_found',
  Throttling: 'limit_requests',
  'Throttling.RateQuota': 'limit_requests',
  'Throttling.BurstRate': 'limit_burst_rate',
  'Throttling.AllocationQuota': 'insufficient_quota',
  DataInspectionFailed: 'data_inspection_failed',
  InternalError: 'internal_error',
}

/** Anthropic's error types by status (platform.claude.com, "Errors"). */
const ANTHROPIC_TYPES: { [status: number]: string } = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  503: 'overloaded_error',
}

/**
 * The JSON body of an error in the dialect of the path. Formats: DashScope's error page for the native and compatible
 * ones, Anthropic's "Errors" page for the third.
 */
export function errorBody(dialect: Dialect, problem: Problem, requestId: string): JsonObject {
  if (dialect === 'native') {
    return { code: problem.code, message: problem.message, request_id: requestId }
  }
  if (dialect === 'anthropic') {
    const type = ANTHROPIC_TYPES[problem.status] ?? 'api_error'
    return { type: 'error', error: { type, message: problem.message }, request_id: requestId }
  }
  const code = COMPATIBLE_CODES[problem.code] ?? problem.code
  const type = problem.status >= 429 ? code : 'invalid_request_error'
  return {
    error: { message: problem.message, type, param: problem.param ?? null, code },
    request_id: requestId,
  }
}

/**
 * The event that ends a broken stream. `withStatus: false` omits DashScope's `:HTTP_STATUS/…` comment, as some of its
 * gateways do.
 */
export function errorFrame(
  dialect: Dialect,
  problem: Problem,
  requestId: string,
  number: number,
  withStatus = true,
): string {
  const data = JSON.stringify(errorBody(dialect, problem, requestId))
  if (dialect === 'native') {
    const status = withStatus ? `:HTTP_STATUS/${problem.status}\n` : ''
    return `id:${number}\nevent:error\n${status}data:${data}\n\n`
  }
  return dialect === 'compatible' ? `data: ${data}\n\n` : `event: error\ndata: ${data}\n\n`
}
