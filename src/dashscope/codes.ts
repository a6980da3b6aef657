/**
 * The HTTP status that belongs to an error code, for errors that come without one (DashScope and compatible error
 * reference; the Anthropic error types). The longest prefix up to a dot decides: `Throttling.RateQuota` is a `Throttling`.
 */
const STATUS: Readonly<Record<string, number>> = {
  InvalidApiKey: 401,
  invalid_api_key: 401,
  authentication_error: 401,
  'NOT AUTHORIZED': 401,
  AccessDenied: 403,
  access_denied: 403,
  permission_error: 403,
  'Model.AccessDenied': 403,
  'App.AccessDenied': 403,
  'Workspace.AccessDenied': 403,
  AllocationQuota: 403,
  ModelNotFound: 404,
  model_not_found: 404,
  model_not_supported: 404,
  WorkSpaceNotFound: 404,
  NotFound: 404,
  not_found_error: 404,
  Conflict: 409,
  request_too_large: 413,
  Throttling: 429,
  LimitRequests: 429,
  limit_requests: 429,
  limit_burst_rate: 429,
  insufficient_quota: 429,
  rate_limit_error: 429,
  CommodityNotPurchased: 429,
  PrepaidBillOverdue: 429,
  PostpaidBillOverdue: 429,
  InternalError: 500,
  internal_error: 500,
  api_error: 500,
  SystemError: 500,
  RequestTimeOut: 500,
  ModelServiceFailed: 500,
  InvokePluginFailed: 500,
  AppProcessFailed: 500,
  RewriteFailed: 500,
  RetrivalFailed: 500,
  ModelServingError: 503,
  ModelUnavailable: 503,
  overloaded_error: 529,
}

/** The status of an error code; 400 where the code is not known, as both official SDKs report it. */
export function statusOfCode(code: unknown): number {
  if (typeof code !== 'string') return 400
  for (let name = code; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const status = Object.hasOwn(STATUS, name) ? STATUS[name] : undefined
    if (status) return status
  }
  return 400
}
