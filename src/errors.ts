import { maskCredentials } from './lib/mask.ts'

/** The format of errors on the wire, which depends on the path. */
export type Dialect = 'native' | 'compatible' | 'anthropic'

/** Why the gateway itself refuses or fails; see {@link WIRE}. */
export type Reason = keyof typeof WIRE

interface Wire {
  status: number
  /** DashScope's own code if one fits, so that code written against DashScope keeps working. */
  native: string
  compatible: string
  /** The error types of the OpenAI and Anthropic references. */
  compatibleType: string
  anthropic: string
}

/** One row for each reason. */
const WIRE = {
  invalid: {
    status: 400,
    native: 'InvalidParameter',
    compatible: 'invalid_parameter_error',
    compatibleType: 'invalid_request_error',
    anthropic: 'invalid_request_error',
  },
  unauthenticated: {
    status: 401,
    native: 'InvalidApiKey',
    compatible: 'invalid_api_key',
    compatibleType: 'invalid_request_error',
    anthropic: 'authentication_error',
  },
  /** An inbound event with an invalid signature; without details, which would help an attacker. */
  badSignature: {
    status: 401,
    native: 'InvalidSignature',
    compatible: 'invalid_signature',
    compatibleType: 'invalid_request_error',
    anthropic: 'authentication_error',
  },
  denied: {
    status: 403,
    native: 'AccessDenied',
    compatible: 'access_denied',
    compatibleType: 'access_denied',
    anthropic: 'permission_error',
  },
  modelDenied: {
    status: 403,
    native: 'Model.AccessDenied',
    compatible: 'access_denied',
    compatibleType: 'access_denied',
    anthropic: 'permission_error',
  },
  notFound: {
    status: 404,
    native: 'NotFound',
    compatible: 'not_found',
    compatibleType: 'invalid_request_error',
    anthropic: 'not_found_error',
  },
  wrongMethod: {
    status: 405,
    native: 'InvalidParameter',
    compatible: 'invalid_request_error',
    compatibleType: 'invalid_request_error',
    anthropic: 'invalid_request_error',
  },
  /** The state of a resource forbids it: a job that has ended cannot be canceled. */
  conflict: {
    status: 409,
    native: 'Conflict',
    compatible: 'conflict',
    compatibleType: 'invalid_request_error',
    anthropic: 'invalid_request_error',
  },
  tooLarge: {
    status: 413,
    native: 'BadRequest.TooLarge',
    compatible: 'request_too_large',
    compatibleType: 'invalid_request_error',
    anthropic: 'request_too_large',
  },
  mediaType: {
    status: 415,
    native: 'InvalidParameter',
    compatible: 'invalid_parameter_error',
    compatibleType: 'invalid_request_error',
    anthropic: 'invalid_request_error',
  },
  /** An `Idempotency-Key` was reused with another body. */
  idempotencyMismatch: {
    status: 422,
    native: 'IdempotencyMismatch',
    compatible: 'idempotency_mismatch',
    compatibleType: 'invalid_request_error',
    anthropic: 'invalid_request_error',
  },
  /** A WebSocket address was called without an upgrade (RFC 9110 section 15.5.22). */
  upgradeRequired: {
    status: 426,
    native: 'UpgradeRequired',
    compatible: 'upgrade_required',
    compatibleType: 'invalid_request_error',
    anthropic: 'invalid_request_error',
  },
  rateLimited: {
    status: 429,
    native: 'Throttling.RateQuota',
    compatible: 'limit_requests',
    compatibleType: 'limit_requests',
    anthropic: 'rate_limit_error',
  },
  quotaExhausted: {
    status: 429,
    native: 'Throttling.AllocationQuota',
    compatible: 'insufficient_quota',
    compatibleType: 'insufficient_quota',
    anthropic: 'rate_limit_error',
  },
  internal: {
    status: 500,
    native: 'InternalError',
    compatible: 'internal_error',
    compatibleType: 'internal_error',
    anthropic: 'api_error',
  },
  upstream: {
    status: 502,
    native: 'InternalError.Upstream',
    compatible: 'upstream_error',
    compatibleType: 'upstream_error',
    anthropic: 'api_error',
  },
  unavailable: {
    status: 503,
    native: 'ModelUnavailable',
    compatible: 'service_unavailable',
    compatibleType: 'service_unavailable',
    anthropic: 'overloaded_error',
  },
  notCached: {
    status: 504,
    native: 'NotCached',
    compatible: 'not_cached',
    compatibleType: 'invalid_request_error',
    anthropic: 'timeout_error',
  },
  timeout: {
    status: 504,
    native: 'RequestTimeOut',
    compatible: 'request_timeout',
    compatibleType: 'request_timeout',
    anthropic: 'timeout_error',
  },
} as const satisfies Record<string, Wire>

interface Details {
  /** The field of the request that was wrong, as a path: `parameters.temperature`. */
  param?: string
  /** The field of the key record that refuses the request, such as `models`; for `POST /edge/explain`. */
  rule?: string
  /** Headers that the response must carry: `allow`, `retry-after`. */
  headers?: Record<string, string>
  /** The underlying error; for the log, never for the wire. */
  cause?: unknown
  /** How DashScope failed, if it did. */
  upstream?: UpstreamFault
  /** DashScope's status, if it is passed on instead of the reason's. */
  status?: number
}

/**
 * A failure of DashScope without an error body: a status without JSON, or no response (status 0). `unreachable`: the
 * request was never delivered. `lost`: the connection failed or broke. `late`: no response in time.
 */
export interface UpstreamFault {
  status: number
  code: '' | 'unreachable' | 'lost' | 'late'
  /** The delay of its `Retry-After`, in milliseconds. */
  retryAfterMs?: number
  /** DashScope had begun to respond before the failure, so a retry would be billed again. */
  isPaid?: true
}

/** The gateway's only error type: a stable reason, and a message that says what is wrong and what to do. */
export class GatewayError extends Error {
  override name = 'GatewayError' as const
  readonly reason: Reason
  readonly status: number
  readonly param: string | undefined
  readonly rule: string | undefined
  readonly headers: Record<string, string>
  readonly upstream: UpstreamFault | undefined

  constructor(reason: Reason, message: string, details: Details = {}) {
    super(message, { cause: details.cause })
    this.reason = reason
    this.status = details.status ?? WIRE[reason].status
    this.param = details.param
    this.rule = details.rule
    this.headers = details.headers ?? {}
    this.upstream = details.upstream
  }
}

/** The error for an invalid variable or secret, in words that follow its name. */
export function misconfigured(name: string, expectation: string, cause?: unknown): GatewayError {
  return new GatewayError('internal', `The gateway is not set up: ${name} ${expectation}.`, { cause })
}

/** The code of a reason in the native dialect. */
export function nativeCode(reason: Reason): string {
  return WIRE[reason].native
}

/**
 * The body of an error in the dialect of the path. Formats: DashScope error reference (native), OpenAI error object
 * (compatible), Anthropic errors (anthropic).
 */
export function errorBody(error: GatewayError, dialect: Dialect, requestId: string): Record<string, unknown> {
  const wire: Wire = WIRE[error.reason]
  // A message may quote the caller's input, which may contain a misplaced key.
  const message = maskCredentials(error.message)
  if (dialect === 'native') return { code: wire.native, message, request_id: requestId }
  if (dialect === 'anthropic') {
    return { type: 'error', error: { type: wire.anthropic, message }, request_id: requestId }
  }
  return {
    error: { message, type: wire.compatibleType, param: error.param ?? null, code: wire.compatible },
    request_id: requestId,
  }
}

/**
 * Converts any thrown value to a GatewayError. For an unexpected one, the cause is kept for the log and not shown to
 * callers.
 */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  return new GatewayError(
    'internal',
    'Internal gateway error. Retry; if it persists, look up this request id in the log of the gateway.',
    { cause: thrown },
  )
}
