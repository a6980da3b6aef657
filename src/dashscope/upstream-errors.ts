/** A failed upstream call: an error response, or no response. */
export interface Failure {
  /** The true status of DashScope's response; 0 if there was none. */
  status: number
  /** DashScope's code; `lost` if the connection failed or broke, `late` if there was no response in time. */
  code: string
  message: string
  /** The delay of its `Retry-After`, in milliseconds. */
  retryAfterMs?: number
}

/** What a failure means for a retry. */
export interface Rule {
  /**
   * `again`: the failure is temporary. `once`: the request itself may be the cause, so one retry is enough.
   * `elsewhere`: only another key or region may give another result. `never`: every key and region would give the
   * same result.
   */
  retry: 'again' | 'once' | 'elsewhere' | 'never'
  /** What failed, and so which circuit breaker opens. */
  scope: 'none' | 'model' | 'key' | 'region'
  /** The failure lasts until a person pays or fixes something, so the breaker opens at once and for long. */
  lasting?: true
  /** The request was refused before anything began, so a retry cannot create a second task. */
  refused?: true
}

const never: Rule = { retry: 'never', scope: 'none' }
const busy: Rule = { retry: 'again', scope: 'model', refused: true }
const failed: Rule = { retry: 'again', scope: 'model' }
const plugin: Rule = { retry: 'again', scope: 'none' }
const maybeCaller: Rule = { retry: 'once', scope: 'none' }
const noAccount: Rule = { retry: 'elsewhere', scope: 'key', lasting: true, refused: true }
const noModel: Rule = { retry: 'elsewhere', scope: 'model', lasting: true, refused: true }

/**
 * The source of a row: DashScope's error page, the page of the compatible or Anthropic API, or the gateway itself.
 */
type Evidence = 'native' | 'compatible' | 'anthropic' | 'gateway'

/** Status 0: the gateway got no response. */
type ErrorRow = readonly [status: number, rule: Rule, evidence: Evidence]

/**
 * Every known error code with its HTTP status, its rule for retries, and its source. A new code is a new row. Unknown
 * codes are matched by their last segment, then by their prefix, then by their status.
 */
const CODES: Readonly<Record<string, ErrorRow>> = {
  // No response.
  unreachable: [0, { retry: 'again', scope: 'region', refused: true }, 'gateway'],
  lost: [0, { retry: 'again', scope: 'region' }, 'gateway'],
  late: [0, { retry: 'elsewhere', scope: 'region' }, 'gateway'],

  // Rate limits: requests and tokens per minute, growth, parallel requests. They end within a minute.
  Throttling: [429, busy, 'native'],
  'Throttling.RateQuota': [429, busy, 'native'],
  'Throttling.BurstRate': [429, busy, 'native'],
  'Throttling.AllocationQuota': [429, busy, 'native'],
  'Throttling.Concurrency': [429, busy, 'native'],
  LimitRequests: [429, busy, 'native'],
  limit_requests: [429, busy, 'compatible'],
  limit_burst_rate: [429, busy, 'compatible'],
  insufficient_quota: [429, busy, 'compatible'],
  rate_limit_error: [429, busy, 'anthropic'],
  ModelServingError: [503, busy, 'native'],
  ModelUnavailable: [503, busy, 'native'],
  ServiceUnavailable: [503, busy, 'native'],
  service_unavailable: [503, busy, 'compatible'],
  overloaded_error: [529, busy, 'anthropic'],

  // Faults of the service.
  InternalError: [500, failed, 'native'],
  'InternalError.Timeout': [500, failed, 'native'],
  'InternalError.FileUpload': [500, failed, 'native'],
  'InternalError.Upload': [500, failed, 'native'],
  internal_error: [500, failed, 'compatible'],
  internal_server_error: [500, failed, 'compatible'],
  server_error: [500, failed, 'compatible'],
  api_error: [500, failed, 'anthropic'],
  SystemError: [500, failed, 'native'],
  ModelServiceFailed: [500, failed, 'native'],
  RequestTimeOut: [500, failed, 'native'],
  // Failures of an application or its plugins, not of the model.
  InvokePluginFailed: [500, plugin, 'native'],
  AppProcessFailed: [500, plugin, 'native'],
  RewriteFailed: [500, plugin, 'native'],
  RetrivalFailed: [500, plugin, 'native'],
  // Also used for "Role must be in [user, assistant]" and "list index out of range".
  'InternalError.Algo': [500, maybeCaller, 'native'],

  // Problems of the account or its key; another account may work.
  InvalidApiKey: [401, noAccount, 'native'],
  invalid_api_key: [401, noAccount, 'compatible'],
  authentication_error: [401, noAccount, 'anthropic'],
  'NOT AUTHORIZED': [401, never, 'native'],
  Arrearage: [400, noAccount, 'native'],
  CommodityNotPurchased: [429, noAccount, 'native'],
  PrepaidBillOverdue: [429, noAccount, 'native'],
  PostpaidBillOverdue: [429, noAccount, 'native'],

  // Problems of the model for this account or in this region.
  'AllocationQuota.FreeTierOnly': [403, noModel, 'native'],
  'AccessDenied.Unpurchased': [403, noModel, 'native'],
  'Model.AccessDenied': [403, noModel, 'native'],
  ModelNotFound: [404, noModel, 'native'],
  model_not_found: [404, noModel, 'compatible'],
  model_not_supported: [404, never, 'compatible'],

  // Problems of the request itself.
  InvalidParameter: [400, never, 'native'],
  invalid_parameter_error: [400, never, 'compatible'],
  invalid_request_error: [400, never, 'compatible'],
  BadRequest: [400, never, 'native'],
  InvalidURL: [400, never, 'native'],
  DataInspectionFailed: [400, never, 'native'],
  data_inspection_failed: [400, never, 'compatible'],
  UnsupportedOperation: [400, never, 'native'],
  AccessDenied: [403, never, 'native'],
  access_denied: [403, never, 'compatible'],
  permission_error: [403, never, 'anthropic'],
  'App.AccessDenied': [403, never, 'native'],
  'Workspace.AccessDenied': [403, never, 'native'],
  AllocationQuota: [403, never, 'native'],
  WorkSpaceNotFound: [404, never, 'native'],
  NotFound: [404, never, 'native'],
  not_found_error: [404, never, 'anthropic'],
  Conflict: [409, never, 'native'],
  request_too_large: [413, never, 'anthropic'],
}

/**
 * The same codes are used for temporary rate limits and for exhausted plans; only the messages differ (error code
 * page).
 */
const USED_UP = /exhausted|free allocated quota|(?:hour|week|month) allocated quota/i

/** The compatible API's message for AllocationQuota.FreeTierOnly, which concerns one model. */
const FREE_TIER = /free tier of the model/i

/** Native text generation reports a missing model as InvalidParameter. */
const NO_SUCH_MODEL = /^Model not exist\b/i

/** The true status and the true code at the start of a message, as in `<429> InternalError.Algo: …` (recorded). */
const INNER_STATUS = /^\s*<([45]\d\d)>\s*(?:([A-Za-z][\w.]*):)?/

/** Unknown codes that look like server errors. */
const SOUNDS_LIKE_SERVER = /server|internal|unavailable|overload|time_?-?out|system|backend|upstream/i

/** Statuses of temporary errors without a known code, mostly from a proxy on the way. */
const PASSING_STATUS: ReadonlySet<number> = new Set([429, 500, 502, 503, 504, 529])

/** Every code of the table with its evidence, for the tests and the docs. */
export const KNOWN_CODES: readonly (readonly [code: string, evidence: Evidence])[] = Object.entries(
  CODES,
).map(([code, [, , evidence]]) => [code, evidence])

/**
 * The true HTTP status of an error.
 *
 * @param code DashScope's code, of any type.
 * @param message DashScope's message. `<NNN>` at its start is the true status.
 * @param stated the status of the response or of the event, if there is one.
 * @returns 400 for an unknown code without any status, as both official SDKs report it; 500 if the code looks like a
 *   server error.
 */
export function statusOfError(code: unknown, message: unknown, stated?: number): number {
  const inner = typeof message === 'string' ? INNER_STATUS.exec(message)?.[1] : undefined
  if (inner !== undefined) return Number(inner)
  if (stated !== undefined && stated >= 400 && stated <= 599) return stated
  if (typeof code !== 'string') return 400
  const status = rowOf(code)?.[0]
  if (status) return status
  return SOUNDS_LIKE_SERVER.test(code) ? 500 : 400
}

/** The rule for a failure. */
export function ruleOf({ status, code, message }: Failure): Rule {
  if (NO_SUCH_MODEL.test(message)) return noModel
  const inner = INNER_STATUS.exec(message)
  const rule = ((inner?.[2] !== undefined && rowOf(inner[2])) || rowOf(code))?.[1]
  if (rule === busy && FREE_TIER.test(message)) return noModel
  if (rule === busy && USED_UP.test(message)) return noAccount
  // A busy service responds with 429 or above; with 400 and 403 the same codes mean a lasting failure.
  if (rule === busy && status < 429) return noModel
  if (rule) return rule
  if (!PASSING_STATUS.has(status)) return never
  return status === 429 ? busy : failed
}

/** The row of a code: of the whole code, else of its last segment, else of its longest known prefix. */
function rowOf(code: string): ErrorRow | undefined {
  const last = code.startsWith('.') ? code : code.slice(code.lastIndexOf('.') + 1)
  for (const name of [code, last]) if (Object.hasOwn(CODES, name)) return CODES[name]
  for (let name = code; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    if (Object.hasOwn(CODES, name)) return CODES[name]
  }
  return undefined
}
