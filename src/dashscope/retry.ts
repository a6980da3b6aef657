import type { Failure } from './failure.ts'

/** What a failure means for asking again. */
export interface Rule {
  /**
   * `again`: it passes by itself. `once`: it may be the request's own fault, so a second time is enough. `elsewhere`: only
   * another key or region can answer otherwise. `never`: everybody would answer the same.
   */
  retry: 'again' | 'once' | 'elsewhere' | 'never'
  /** Whose fault it is, and so what is set aside when it happens repeatedly. */
  scope: 'none' | 'model' | 'key' | 'region'
  /** It stays so until somebody pays, buys or mends: what is to blame is set aside at once and for long. */
  lasting?: true
  /** It was refused before anything was begun: asking again cannot make a second task. */
  refused?: true
}

const never: Rule = { retry: 'never', scope: 'none' }
const busy: Rule = { retry: 'again', scope: 'model', refused: true }
const failed: Rule = { retry: 'again', scope: 'model' }
const noAccount: Rule = { retry: 'elsewhere', scope: 'key', lasting: true, refused: true }
const noModel: Rule = { retry: 'elsewhere', scope: 'model', lasting: true, refused: true }

/**
 * DashScope's codes, one a row (error code page; the names of the compatible and Anthropic dialects beside the native
 * ones). The longest prefix up to a dot decides; what is not here is decided by its status.
 */
const RULES: Readonly<Record<string, Rule>> = {
  // No response at all.
  unreachable: { retry: 'again', scope: 'region', refused: true },
  lost: { retry: 'again', scope: 'region' },
  late: { retry: 'elsewhere', scope: 'region' },

  // Too much at the moment: requests and tokens a minute, growth, parallel requests. They pass within a minute.
  Throttling: busy,
  'Throttling.RateQuota': busy,
  'Throttling.BurstRate': busy,
  'Throttling.AllocationQuota': busy,
  'Throttling.Concurrency': busy,
  LimitRequests: busy,
  limit_requests: busy,
  limit_burst_rate: busy,
  insufficient_quota: busy,
  rate_limit_error: busy,
  ModelServingError: busy,
  ModelUnavailable: busy,
  overloaded_error: busy,

  // Faults of the service.
  InternalError: failed,
  'InternalError.Timeout': failed,
  'InternalError.FileUpload': failed,
  'InternalError.Upload': failed,
  internal_error: failed,
  api_error: failed,
  SystemError: failed,
  ModelServiceFailed: failed,
  RequestTimeOut: failed,
  // Of an application or its plugins; the model is not to blame.
  InvokePluginFailed: { retry: 'again', scope: 'none' },
  AppProcessFailed: { retry: 'again', scope: 'none' },
  RewriteFailed: { retry: 'again', scope: 'none' },
  RetrivalFailed: { retry: 'again', scope: 'none' },
  // "Role must be in [user, assistant]" and "list index out of range" come under this code too.
  'InternalError.Algo': { retry: 'once', scope: 'none' },

  // The account or its key: another one may well answer.
  InvalidApiKey: noAccount,
  invalid_api_key: noAccount,
  authentication_error: noAccount,
  Arrearage: noAccount,
  CommodityNotPurchased: noAccount,
  PrepaidBillOverdue: noAccount,
  PostpaidBillOverdue: noAccount,

  // The model, for this account or in this region.
  'AllocationQuota.FreeTierOnly': noModel,
  'AccessDenied.Unpurchased': noModel,
  'Model.AccessDenied': noModel,
  ModelNotFound: noModel,
  model_not_found: noModel,

  // The request itself.
  InvalidParameter: never,
  invalid_parameter_error: never,
  invalid_request_error: never,
  BadRequest: never,
  InvalidURL: never,
  DataInspectionFailed: never,
  data_inspection_failed: never,
  AccessDenied: never,
  access_denied: never,
  UnsupportedOperation: never,
  Conflict: never,
}

/** The same codes stand for a rate that passes and for a plan that is used up; only the words differ (error code page). */
const USED_UP = /exhausted|free allocated quota/i

/** The compatible API's words for AllocationQuota.FreeTierOnly, which is of one model. */
const FREE_TIER = /free tier of the model/i

/** Native text generation says so under InvalidParameter. */
const NO_SUCH_MODEL = /^Model not exist\b/i

/** Errors of 500 and above that come without a known code, mostly from a proxy on the way, and 429 likewise. */
const PASSING_STATUS: ReadonlySet<number> = new Set([429, 500, 502, 503, 504, 529])

/** The rule for a failure. */
export function ruleOf({ status, code, message }: Failure): Rule {
  if (NO_SUCH_MODEL.test(message)) return noModel
  const rule = ruleOfCode(code)
  if (rule === busy && FREE_TIER.test(message)) return noModel
  if (rule === busy && USED_UP.test(message)) return noAccount
  // A busy service says 429 or above; with 400 and 403 the same codes mean that nothing will change soon.
  if (rule === busy && status < 429) return noModel
  if (rule) return rule
  if (!PASSING_STATUS.has(status)) return never
  return status === 429 ? busy : failed
}

function ruleOfCode(code: string): Rule | undefined {
  for (let name = code; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    if (Object.hasOwn(RULES, name)) return RULES[name]
  }
  return undefined
}

/** The codes of the table; for the tests, which hold each row. */
export const RETRY_CODES: readonly string[] = Object.keys(RULES)
