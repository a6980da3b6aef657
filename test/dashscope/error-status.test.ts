import { describe, expect, it } from 'vitest'
import { statusOfError } from '../../src/dashscope/upstream-errors.ts'

describe('the status of an error code', () => {
  it.each([
    ['InvalidApiKey', 401],
    ['invalid_api_key', 401],
    ['authentication_error', 401],
    ['AccessDenied', 403],
    ['AccessDenied.Unpurchased', 403],
    ['Model.AccessDenied', 403],
    ['App.AccessDenied', 403],
    ['AllocationQuota.FreeTierOnly', 403],
    ['ModelNotFound', 404],
    ['model_not_found', 404],
    ['Conflict', 409],
    ['request_too_large', 413],
    ['Throttling', 429],
    ['Throttling.RateQuota', 429],
    ['Throttling.AllocationQuota', 429],
    ['Throttling.Some.New.Kind', 429],
    ['limit_requests', 429],
    ['insufficient_quota', 429],
    ['rate_limit_error', 429],
    ['InternalError', 500],
    ['InternalError.Algo', 500],
    ['InternalError.Timeout', 500],
    ['api_error', 500],
    ['ModelServingError', 503],
    ['ModelUnavailable', 503],
    ['overloaded_error', 529],
  ])('The status of %s is %d', (code, status) => expect(statusOfError(code, undefined)).toBe(status))

  it.each([
    ['InvalidParameter'],
    ['DataInspectionFailed'],
    ['Arrearage'],
    ['Not.Known.Here'],
    ['ThrottlingX'],
    ['throttling'],
    ['Model'],
    ['.'],
    ['.Throttling'],
    [''],
    ['__proto__'],
    ['constructor'],
    ['toString.x'],
    [undefined],
    [null],
    [429],
    [{}],
    [['Throttling']],
  ])('%j is an unknown code and becomes 400.', (code) => expect(statusOfError(code, undefined)).toBe(400))

  it.each<[unknown, unknown, number | undefined, number]>([
    ['internal_server_error', '<500> InternalError.Algo: An internal error', undefined, 500],
    ['ServiceUnavailable', '<503> InternalError.Algo: busy', undefined, 503],
    ['server_error', '<429> InternalError.Algo: Requests rate limit exceeded', undefined, 429],
    [
      'invalid_parameter_error',
      '<400> InternalError.Algo.InvalidParameter: Range of input length',
      undefined,
      400,
    ],
    ['InvalidParameter', '<500> InternalError.Algo: oops', 400, 500],
    ['InternalError.Algo.InvalidParameter', 'x', undefined, 400],
    ['BackendServerError', 'x', undefined, 500],
    ['Not.Known.Here', 'the text <500> is not at the start', undefined, 400],
    ['Throttling', 'x', 503, 503],
    ['Throttling', 'x', 200, 429],
    [undefined, { toString: 1 }, undefined, 400],
  ])(
    'The status of %j with the message %j and the reported status %j is %d',
    (code, message, stated, status) => {
      expect(statusOfError(code, message, stated)).toBe(status)
    },
  )
})
