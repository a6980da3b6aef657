import { planCache } from '../cache/plan.ts'
import type { Config } from '../config.ts'
import { type Endpoint, isBilled } from '../dashscope/endpoint.ts'
import { priceOf } from '../dashscope/prices.ts'
import { describeRequest } from '../dashscope/request/describe.ts'
import { NO_USAGE } from '../dashscope/usage.ts'
import { JsonBody } from '../lib/json/body.ts'
import { isJsonObject } from '../lib/json/object.ts'
import { boundsMoney } from '../meter/money.ts'
import type { Principal } from '../policy/key-record.ts'
import { fallbacksOf, withModel } from '../policy/model-names.ts'
import { mayUseModel } from '../policy/policy.ts'
import { selectTargets } from '../upstream/select.ts'
import { aggregationOf } from '../upstream/stream-only.ts'
import type { ProxyRequest } from './proxy-request.ts'

/**
 * The fallbacks of a request: those of its model that the policy allows. Under a money limit, models without a price
 * are skipped. A conversation stored by DashScope gets no fallbacks, since it belongs to the model that began it.
 */
export function fallbackModels(
  principal: Principal,
  endpoint: Endpoint,
  model: string,
  body: unknown,
  { billing, region }: Config,
): readonly string[] {
  const models = fallbacksOf(principal.policy, model)
  if (models.length === 0 || !isJsonObject(body) || body.previous_response_id !== undefined) return []
  const needsPrice = isBilled(endpoint) && boundsMoney(principal)
  return models
    .filter((each) => mayUseModel(principal.policy, each))
    .filter((each) => !needsPrice || priceOf(each, region, NO_USAGE, billing) !== undefined)
}

/** The same request for another model: only the value of `model` changes in its body (an exception to promise P1). */
export function fallbackCall(call: ProxyRequest, model: string): ProxyRequest {
  const { headers, url, principal, endpoint, config, stream, request, aggregation } = call
  const { policy } = principal
  const json = withModel(JsonBody.parse(call.bytes ?? new Uint8Array(0)), model)
  const asked = describeRequest(endpoint, headers, json.value)
  return {
    ...call,
    model,
    bytes: json.bytes,
    asked,
    cache: planCache({ headers, url, endpoint, principal, config, model, json, asked }),
    aggregation: aggregation && aggregationOf(endpoint, model, json.value),
    targets: selectTargets({ policy, endpoint, model, headers, stream }, config, request),
  }
}
