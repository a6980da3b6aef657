import { describe, expect, it } from 'vitest'
import { asGatewayError, errorBody, GatewayError, type Reason } from '../src/errors.ts'

/** Each reason on the wire: status, native code, compatible code and type, Anthropic type. */
const REASONS: readonly [Reason, number, string, string, string, string][] = [
  [
    'invalid',
    400,
    'InvalidParameter',
    'invalid_parameter_error',
    'invalid_request_error',
    'invalid_request_error',
  ],
  [
    'unauthenticated',
    401,
    'InvalidApiKey',
    'invalid_api_key',
    'invalid_request_error',
    'authentication_error',
  ],
  ['denied', 403, 'AccessDenied', 'access_denied', 'access_denied', 'permission_error'],
  ['modelDenied', 403, 'Model.AccessDenied', 'access_denied', 'access_denied', 'permission_error'],
  ['notFound', 404, 'NotFound', 'not_found', 'invalid_request_error', 'not_found_error'],
  [
    'wrongMethod',
    405,
    'InvalidParameter',
    'invalid_request_error',
    'invalid_request_error',
    'invalid_request_error',
  ],
  ['conflict', 409, 'Conflict', 'conflict', 'invalid_request_error', 'invalid_request_error'],
  [
    'idempotencyMismatch',
    422,
    'IdempotencyMismatch',
    'idempotency_mismatch',
    'invalid_request_error',
    'invalid_request_error',
  ],
  [
    'upgradeRequired',
    426,
    'UpgradeRequired',
    'upgrade_required',
    'invalid_request_error',
    'invalid_request_error',
  ],
  ['tooLarge', 413, 'BadRequest.TooLarge', 'request_too_large', 'invalid_request_error', 'request_too_large'],
  [
    'mediaType',
    415,
    'InvalidParameter',
    'invalid_parameter_error',
    'invalid_request_error',
    'invalid_request_error',
  ],
  ['rateLimited', 429, 'Throttling.RateQuota', 'limit_requests', 'limit_requests', 'rate_limit_error'],
  [
    'quotaExhausted',
    429,
    'Throttling.AllocationQuota',
    'insufficient_quota',
    'insufficient_quota',
    'rate_limit_error',
  ],
  ['internal', 500, 'InternalError', 'internal_error', 'internal_error', 'api_error'],
  ['upstream', 502, 'InternalError.Upstream', 'upstream_error', 'upstream_error', 'api_error'],
  ['unavailable', 503, 'ModelUnavailable', 'service_unavailable', 'service_unavailable', 'overloaded_error'],
  ['notCached', 504, 'NotCached', 'not_cached', 'invalid_request_error', 'timeout_error'],
  ['timeout', 504, 'RequestTimeOut', 'request_timeout', 'request_timeout', 'timeout_error'],
]

describe('errorBody', () => {
  it.each(REASONS)(
    'The error %s (%d) is written in each dialect.',
    (reason, status, native, compatible, compatibleType, anthropic) => {
      const error = new GatewayError(reason, 'What was wrong.')
      expect(error.status).toBe(status)
      expect(errorBody(error, 'native', 'r')).toEqual({
        code: native,
        message: 'What was wrong.',
        request_id: 'r',
      })
      expect(errorBody(error, 'compatible', 'r')).toEqual({
        error: { message: 'What was wrong.', type: compatibleType, param: null, code: compatible },
        request_id: 'r',
      })
      expect(errorBody(error, 'anthropic', 'r')).toEqual({
        type: 'error',
        error: { type: anthropic, message: 'What was wrong.' },
        request_id: 'r',
      })
    },
  )

  it('The error names the field if the dialect has a place for it.', () => {
    const error = new GatewayError('invalid', 'seed: no.', { param: 'seed' })
    expect(errorBody(error, 'compatible', 'r')).toMatchObject({ error: { param: 'seed' } })
    expect(errorBody(error, 'native', 'r')).not.toHaveProperty('param')
  })

  it.each(['dse_0123456789abcdefghijklmnopqrstuvwxyzAB', 'sk-0123456789abcdef0123'])(
    'A message masks %s',
    (key) => {
      const error = new GatewayError('modelDenied', `This key may not use the model "${key}".`)
      for (const dialect of ['native', 'compatible', 'anthropic'] as const) {
        expect(JSON.stringify(errorBody(error, dialect, 'r'))).not.toContain(key.slice(4))
      }
    },
  )

  it('Names of models and files are not masked.', () => {
    const message = 'Not found: task-0123456789abcdef, qwen-st-edition-2026-11-28, file-fe-0123456789abcdef.'
    expect(errorBody(new GatewayError('notFound', message), 'native', 'r').message).toBe(message)
  })

  it('A body shows neither the cause nor the stack.', () => {
    const error = new GatewayError('upstream', 'm', { cause: new Error('secret'), headers: { allow: 'x' } })
    for (const dialect of ['native', 'compatible', 'anthropic'] as const) {
      expect(JSON.stringify(errorBody(error, dialect, 'r'))).not.toMatch(/secret|stack|allow|errors\.ts/)
    }
  })
})

describe('asGatewayError', () => {
  it('A gateway error is returned unchanged.', () => {
    const error = new GatewayError('denied', 'm')
    expect(asGatewayError(error)).toBe(error)
  })

  it.each([new TypeError('secret'), 'secret', undefined, null, { reason: 'denied', message: 'secret' }])(
    '%j is hidden from the caller and kept for the log.',
    (thrown) => {
      const error = asGatewayError(thrown)
      expect(error.reason).toBe('internal')
      expect(error.message).toBe(
        'Internal gateway error. Retry; if it persists, look up this request id in the log of the gateway.',
      )
      expect(error.cause).toBe(thrown)
    },
  )
})
