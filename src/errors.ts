/** How much of a caller's own text a refusal repeats. */
export const MAX_ECHO_CHARACTERS = 64

/** How an error looks on the wire; it follows the path that was called. */
export type Dialect = 'native' | 'compatible' | 'anthropic'

/** Why the gateway itself refuses or fails. Each reason has one row in {@link WIRE}. */
export type Reason = keyof typeof WIRE

interface Wire {
  status: number
  /** DashScope's own code wherever one fits, so that code written against DashScope keeps working. */
  native: string
  compatible: string
  /** The error types of the OpenAI and Anthropic references. */
  compatibleType: string
  anthropic: string
}

const WIRE = {
  invalid: row(
    400,
    'InvalidParameter',
    'invalid_parameter_error',
    'invalid_request_error',
    'invalid_request_error',
  ),
  unauthenticated: row(
    401,
    'InvalidApiKey',
    'invalid_api_key',
    'invalid_request_error',
    'authentication_error',
  ),
  denied: row(403, 'AccessDenied', 'access_denied', 'access_denied', 'permission_error'),
  modelDenied: row(403, 'Model.AccessDenied', 'access_denied', 'access_denied', 'permission_error'),
  notFound: row(404, 'NotFound', 'not_found', 'invalid_request_error', 'not_found_error'),
  wrongMethod: row(
    405,
    'InvalidParameter',
    'invalid_request_error',
    'invalid_request_error',
    'invalid_request_error',
  ),
  tooLarge: row(
    413,
    'BadRequest.TooLarge',
    'request_too_large',
    'invalid_request_error',
    'request_too_large',
  ),
  mediaType: row(
    415,
    'InvalidParameter',
    'invalid_parameter_error',
    'invalid_request_error',
    'invalid_request_error',
  ),
  rateLimited: row(429, 'Throttling.RateQuota', 'limit_requests', 'limit_requests', 'rate_limit_error'),
  quotaExhausted: row(
    429,
    'Throttling.AllocationQuota',
    'insufficient_quota',
    'insufficient_quota',
    'rate_limit_error',
  ),
  internal: row(500, 'InternalError', 'internal_error', 'internal_error', 'api_error'),
  upstream: row(502, 'InternalError.Upstream', 'upstream_error', 'upstream_error', 'api_error'),
  unavailable: row(503, 'ModelUnavailable', 'service_unavailable', 'service_unavailable', 'overloaded_error'),
  notCached: row(504, 'NotCached', 'not_cached', 'invalid_request_error', 'timeout_error'),
  timeout: row(504, 'RequestTimeOut', 'request_timeout', 'request_timeout', 'timeout_error'),
} satisfies Record<string, Wire>

function row(
  status: number,
  native: string,
  compatible: string,
  compatibleType: string,
  anthropic: string,
): Wire {
  return { status, native, compatible, compatibleType, anthropic }
}

interface Details {
  /** The field of the request that was wrong, as a path: `parameters.temperature`. */
  param?: string
  /** Headers the answer must carry: `allow`, `retry-after`. */
  headers?: Record<string, string>
  /** What went wrong underneath; for the log, never for the wire. */
  cause?: unknown
  /** How DashScope failed, where it was DashScope. */
  upstream?: UpstreamFault
}

/** A failure of DashScope's without an error of its own: a status with nonsense, or none (0) with `lost` or `late`. */
export interface UpstreamFault {
  status: number
  code: '' | 'lost' | 'late'
  /** What its `Retry-After` asks for, in milliseconds. */
  retryAfterMs?: number
  /** It came after DashScope had begun to answer, so that asking again would pay again. */
  isPaid?: true
}

/** The one error type of the gateway: a stable reason, and a sentence that says what was wrong and what to do. */
export class GatewayError extends Error {
  override name = 'GatewayError' as const
  readonly reason: Reason
  readonly status: number
  readonly param: string | undefined
  readonly headers: Record<string, string>
  readonly upstream: UpstreamFault | undefined

  constructor(reason: Reason, message: string, details: Details = {}) {
    super(message, { cause: details.cause })
    this.reason = reason
    this.status = WIRE[reason].status
    this.param = details.param
    this.headers = details.headers ?? {}
    this.upstream = details.upstream
  }
}

/**
 * The body of an error in the dialect of the path that was called.
 * Shapes: DashScope error reference (native), OpenAI error object (compatible), Anthropic errors (anthropic).
 */
export function errorBody(error: GatewayError, dialect: Dialect, requestId: string): Record<string, unknown> {
  const wire: Wire = WIRE[error.reason]
  const { message } = error
  if (dialect === 'native') return { code: wire.native, message, request_id: requestId }
  if (dialect === 'anthropic') {
    return { type: 'error', error: { type: wire.anthropic, message }, request_id: requestId }
  }
  return {
    error: { message, type: wire.compatibleType, param: error.param ?? null, code: wire.compatible },
    request_id: requestId,
  }
}

/** Whatever was thrown, as a GatewayError: an unforeseen failure keeps its cause for the log and shows none of it. */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  return new GatewayError(
    'internal',
    'The gateway failed on its own account. Try again; the log of the gateway says why.',
    {
      cause: thrown,
    },
  )
}
