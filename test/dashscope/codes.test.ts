import { describe, expect, it } from 'vitest'
import { statusOfCode } from '../../src/dashscope/codes.ts'

describe('statusOfCode', () => {
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
  ])('%s is %d', (code, status) => expect(statusOfCode(code)).toBe(status))

  it.each([
    ['InvalidParameter'],
    ['DataInspectionFailed'],
    ['Arrearage'],
    ['Nobody.Knows.This'],
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
  ])('%j is not known, so 400', (code) => expect(statusOfCode(code)).toBe(400))
})
