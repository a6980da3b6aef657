import { describe, expect, it } from 'vitest'
import { failureIn } from '../../src/dashscope/failure.ts'
import { namedRegionOf, regionOf } from '../../src/dashscope/regions.ts'
import { KNOWN_CODES, ruleOf } from '../../src/dashscope/upstream-errors.ts'

/** Status, code and message; whether it is retried, whom it scope, and whether it lasts or was refused before it began. */
type Row = [status: number, code: string, message: string, rule: string]

const ROWS: Row[] = [
  [521, 'unreachable', '', 'again region refused'],
  [0, 'lost', '', 'again region'],
  [0, 'late', '', 'elsewhere region'],
  [429, 'Throttling', 'Requests throttling triggered.', 'again model refused'],
  [429, 'Throttling.RateQuota', '', 'again model refused'],
  [429, 'Throttling.BurstRate', '', 'again model refused'],
  [429, 'Throttling.AllocationQuota', 'Allocated quota exceeded, please increase', 'again model refused'],
  [
    429,
    'Throttling.AllocationQuota',
    'Your token-plan 1-month quota has been exhausted.',
    'elsewhere key lasting refused',
  ],
  [400, 'Throttling.AllocationQuota', 'Free allocated quota exceeded.', 'elsewhere key lasting refused'],
  [429, 'Throttling.Concurrency', '', 'again model refused'],
  [429, 'Throttling.SomethingNew', '', 'again model refused'],
  [429, 'LimitRequests', '', 'again model refused'],
  [429, 'limit_requests', '', 'again model refused'],
  [429, 'limit_burst_rate', '', 'again model refused'],
  [429, 'insufficient_quota', 'You exceeded your current quota', 'again model refused'],
  [
    403,
    'insufficient_quota',
    'The free tier of the model has been exhausted. If you wish to continue access the model on a paid basis, please disable the "use free tier only" mode.',
    'elsewhere model lasting refused',
  ],
  [429, 'rate_limit_error', '', 'again model refused'],
  [503, 'ModelServingError', 'Too many requests.', 'again model refused'],
  [503, 'ModelUnavailable', '', 'again model refused'],
  [529, 'overloaded_error', '', 'again model refused'],
  [500, 'InternalError', '', 'again model'],
  [500, 'InternalError.Timeout', '', 'again model'],
  [500, 'InternalError.FileUpload', '', 'again model'],
  [500, 'InternalError.Upload', '', 'again model'],
  [500, 'internal_error', '', 'again model'],
  [500, 'api_error', '', 'again model'],
  [500, 'SystemError', '', 'again model'],
  [500, 'ModelServiceFailed', '', 'again model'],
  [500, 'RequestTimeOut', '', 'again model'],
  [500, 'InvokePluginFailed', '', 'again none'],
  [500, 'AppProcessFailed', '', 'again none'],
  [500, 'RewriteFailed', '', 'again none'],
  [500, 'RetrivalFailed', '', 'again none'],
  [500, 'InternalError.Algo', 'list index out of range', 'once none'],
  [500, 'InternalError.Algo.InvalidParameter', '', 'never none'],
  [400, 'InternalError.Algo.InvalidParameter', '', 'never none'],
  [500, 'internal_server_error', '<500> InternalError.Algo: An internal error', 'once none'],
  [429, 'server_error', '<429> Throttling.RateQuota: Requests rate limit exceeded', 'again model refused'],
  [500, 'internal_server_error', '', 'again model'],
  [404, 'model_not_supported', '', 'never none'],
  [403, 'permission_error', '', 'never none'],
  [403, 'App.AccessDenied', '', 'never none'],
  [403, 'Workspace.AccessDenied', '', 'never none'],
  [403, 'AllocationQuota', '', 'never none'],
  [404, 'WorkSpaceNotFound', '', 'never none'],
  [404, 'NotFound', '', 'never none'],
  [404, 'not_found_error', '', 'never none'],
  [413, 'request_too_large', '', 'never none'],
  [503, 'ServiceUnavailable', '', 'again model refused'],
  [503, 'service_unavailable', '', 'again model refused'],
  [500, 'server_error', '', 'again model'],
  [429, 'Throttling.AllocationQuota', 'hour allocated quota exceeded.', 'elsewhere key lasting refused'],
  [429, 'Throttling.AllocationQuota', 'week allocated quota exceeded.', 'elsewhere key lasting refused'],
  [429, 'Throttling.AllocationQuota', 'month allocated quota exceeded.', 'elsewhere key lasting refused'],
  [401, 'InvalidApiKey', '', 'elsewhere key lasting refused'],
  [401, 'invalid_api_key', '', 'elsewhere key lasting refused'],
  [401, 'authentication_error', '', 'elsewhere key lasting refused'],
  [400, 'Arrearage', '', 'elsewhere key lasting refused'],
  [429, 'CommodityNotPurchased', '', 'elsewhere key lasting refused'],
  [429, 'PrepaidBillOverdue', '', 'elsewhere key lasting refused'],
  [429, 'PostpaidBillOverdue', '', 'elsewhere key lasting refused'],
  [403, 'AllocationQuota.FreeTierOnly', '', 'elsewhere model lasting refused'],
  [403, 'AccessDenied.Unpurchased', '', 'elsewhere model lasting refused'],
  [403, 'Model.AccessDenied', '', 'elsewhere model lasting refused'],
  [404, 'ModelNotFound', '', 'elsewhere model lasting refused'],
  [404, 'model_not_found', '', 'elsewhere model lasting refused'],
  [400, 'InvalidParameter', 'Model not exist.', 'elsewhere model lasting refused'],
  [400, 'InvalidParameter', 'Range of max_tokens', 'never none'],
  [400, 'InvalidParameter.DataInspection', '', 'never none'],
  [400, 'invalid_parameter_error', '', 'never none'],
  [400, 'invalid_request_error', '', 'never none'],
  [400, 'BadRequest.TooLarge', '', 'never none'],
  [400, 'BadRequest', '', 'never none'],
  [400, 'InvalidURL', '', 'never none'],
  [400, 'DataInspectionFailed', '', 'never none'],
  [400, 'data_inspection_failed', '', 'never none'],
  [403, 'AccessDenied', '', 'never none'],
  [403, 'access_denied', '', 'never none'],
  [400, 'UnsupportedOperation', '', 'never none'],
  [409, 'Conflict', '', 'never none'],
  [400, 'ServiceUnavailableError', '', 'never none'],
  [401, 'NOT AUTHORIZED', '', 'never none'],
  [500, '', '', 'again model'],
  [502, '', '', 'again model'],
  [503, 'SomethingNew', '', 'again model'],
  [429, '', '', 'again model refused'],
  [404, '', '', 'never none'],
  [418, 'constructor', '', 'never none'],
]

describe('the table of what is retried', () => {
  it.each(ROWS)('The rule for %d %s %j is: %s', (status, code, message, expected) => {
    const { retry, scope, lasting, refused } = ruleOf({ status, code, message })
    expect([retry, scope, lasting && 'lasting', refused && 'refused'].filter(Boolean).join(' ')).toBe(
      expected,
    )
  })

  it('Each row of the table is tested here.', () => {
    const held = new Set(ROWS.map(([, code]) => code))
    expect(KNOWN_CODES.map(([code]) => code).filter((code) => !held.has(code))).toEqual([])
  })
})

describe('failureIn', () => {
  const read = (text: string, retryAfter?: string) =>
    failureIn(
      429,
      retryAfter === undefined ? [] : [['retry-after', retryAfter]],
      new TextEncoder().encode(text),
      1000,
    )

  it.each<[string, string, string]>([
    ['{"code":"Throttling","message":"m","request_id":"r"}', 'Throttling', 'm'],
    ['{"error":{"code":"limit_requests","type":"limit_requests","message":"m"}}', 'limit_requests', 'm'],
    ['{"error":{"code":null,"type":"internal_error","message":"m"}}', 'internal_error', 'm'],
    ['{"type":"error","error":{"type":"overloaded_error","message":"m"}}', 'overloaded_error', 'm'],
    ['{"error":"boom"}', '', ''],
    ['null', '', ''],
    ['[]', '', ''],
    ['<html>', '', ''],
  ])('The failure in %s is read.', (text, code, message) =>
    expect(read(text)).toMatchObject({ code, message }),
  )

  it.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['2', 2000],
    ['Thu, 01 Jan 1970 00:00:03 GMT', 2000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
  ])('A Retry-After of %j is %j ms.', (value, expected) => {
    expect(read('{}', value).retryAfterMs).toBe(expected)
  })
})

describe('the region of a host', () => {
  it.each([
    ['https://dashscope.aliyuncs.com', 'beijing'],
    ['https://ws-1.cn-beijing.maas.aliyuncs.com', 'beijing'],
    ['https://dashscope-intl.aliyuncs.com', 'singapore'],
    ['https://cn-hongkong.dashscope.aliyuncs.com', 'hongkong'],
    ['https://ws-1.eu-central-1.maas.aliyuncs.com', 'frankfurt'],
    ['https://dashscope.aliyuncs.com.example', undefined],
    ['http://127.0.0.1:9', undefined],
  ])('The region of %s is %s', (host, region) => {
    expect(namedRegionOf(host)).toBe(region)
    expect(regionOf(host)).toBe(region ?? 'beijing')
  })
})
