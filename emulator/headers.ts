import type { Account } from './accounts.ts'
import { hex } from './digest.ts'

/** The set of response headers of an endpoint: models, files, or the bare management APIs. */
export type HeaderSet = 'model' | 'file' | 'management'

/** The server-side limit that DashScope announces for most text models, in seconds. */
const ANNOUNCED_TIMEOUT_SECONDS = 180

/**
 * The headers that DashScope adds to its responses, from recordings of 2024 and 2025. The account id, internal
 * headers and the cookie are included to test that a gateway strips them.
 */
export function serverHeaders(
  set: HeaderSet,
  account: Account,
  requestId: string,
  arrivedAt: number,
  respondedAt: number,
  finished: boolean,
): Headers {
  const cost = String(respondedAt - arrivedAt)
  const headers = new Headers({
    vary: 'Origin,Access-Control-Request-Method,Access-Control-Request-Headers',
    'req-cost-time': cost,
    'req-arrive-time': String(arrivedAt),
    'resp-start-time': String(respondedAt),
    'x-envoy-upstream-service-time': cost,
    date: new Date(respondedAt).toUTCString(),
    server: 'istio-envoy',
  })
  if (set !== 'management') headers.set('x-request-id', requestId)
  if (set === 'model') {
    headers.set('x-dashscope-call-gateway', 'true')
    headers.set('x-dashscope-timeout', String(ANNOUNCED_TIMEOUT_SECONDS))
    headers.set('x-dashscope-finished', String(finished))
    headers.set('x-dashscope-requestid', requestId)
    headers.set('x-dashscope-uid', account.uid)
    headers.set('x-dashscope-apikeyid', account.apiKeyId)
    headers.set('x-dashscope-inner-flow-control-meta', '{"count_limit":60,"count_limit_period":6}')
    headers.set('set-cookie', `acw_tc=${hex(requestId, 32)};path=/;HttpOnly;Max-Age=1800`)
  }
  return headers
}
