import { planCache } from '../cache/plan.ts'
import type { Config } from '../config.ts'
import { isEncrypted } from '../dashscope/encryption.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import { fileIdsIn } from '../dashscope/file-ids.ts'
import { asksForStream, asksForTask } from '../dashscope/streaming.ts'
import { asksForThinking } from '../dashscope/thinking.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import { estimateTokens } from '../meter/estimate.ts'
import { hasLimits } from '../meter/limited-meters.ts'
import { withBodyUser } from '../policy/body-user.ts'
import { allowCaps } from '../policy/caps.ts'
import type { Source } from '../policy/frozen.ts'
import type { Principal } from '../policy/key-record.ts'
import { allowEndpoint, allowModel, allowWorkspace } from '../policy/policy.ts'
import { restrictBody } from '../policy/restrict.ts'
import { validate } from '../policy/validate.ts'
import { deadlinesOf } from '../upstream/deadlines.ts'
import { selectTargets } from '../upstream/select.ts'
import { aggregationOf } from '../upstream/stream-only.ts'
import { withoutStream } from '../upstream/without-stream.ts'
import { fallbackModels } from './fallback-call.ts'
import type { ProxyRequest } from './proxy-request.ts'
import { modelOf, readRequestBody } from './request-body.ts'

/** Who came to which endpoint. */
export interface Incoming {
  headers: HeaderMap
  principal: Principal
  endpoint: Endpoint
  id: string | undefined
  /** Whether it becomes a job, whose response is always whole. */
  asJob?: boolean
}

const NOTHING = { input: 0, output: 0 }

/**
 * Reads what a caller asks: whether the policy allows it and whether it is well formed, in the order that tells the most
 * useful thing first. Nothing of the body outlives this but its bytes.
 *
 * @throws GatewayError for what the policy or DashScope would refuse; nothing has gone upstream then.
 */
export async function readCall(
  request: Request,
  url: URL,
  incoming: Incoming,
  config: Config,
): Promise<ProxyRequest> {
  const { endpoint, id } = incoming
  const { keyId, policy } = incoming.principal
  allowEndpoint(policy, endpoint.name)
  const source = await readRequestBody(request, incoming.headers, endpoint, config.maxBodyBytes)
  const isJson = source !== undefined && endpoint.body === 'json'
  const restricted = isJson ? restrictBody(source, incoming.principal, endpoint, id) : undefined
  const { headers, bytes, text, body } =
    restricted && incoming.asJob
      ? wholeRequest(incoming, restricted)
      : { ...(restricted ?? source ?? EMPTY), headers: incoming.headers }
  const principal = withBodyUser(incoming.principal, body)
  if (isJson && endpoint.schema) validate(endpoint.schema(), body)

  const asked = modelOf(endpoint, id, url, body)
  if (asked !== undefined) allowModel(policy, asked)
  const model = asked ?? `(${endpoint.name})`
  const namesWorkspace = allowWorkspace(policy, headers, body)
  if (isJson && policy.caps) allowCaps(policy.caps, body, endpoint, headers)

  const stream = asksForStream(endpoint, headers, body)
  const asTask = asksForTask(headers) && endpoint.ownership?.action === 'create'
  const isEstimated = stream || hasLimits(principal)
  const mayAggregate =
    isJson && !stream && !asTask && !isEncrypted(headers) && config.streamOnlyModels === 'aggregate'
  const manner = { stream, thinking: stream && asksForThinking(model, body) }
  return {
    request,
    headers,
    url,
    principal,
    endpoint,
    id,
    model,
    fallbacks: isJson && !asTask ? fallbackModels(principal, endpoint, model, body, config) : [],
    bytes,
    stream,
    asTask,
    namesWorkspace,
    fileIds: isJson ? fileIdsIn(body, endpoint.dialect) : [],
    estimate: isEstimated ? estimateTokens(endpoint, body, bytes?.byteLength ?? 0) : NOTHING,
    cache: planCache({ headers, url, endpoint, keyId, policy, config, model, text, body, stream, asTask }),
    aggregation: mayAggregate ? aggregationOf(endpoint, model, body) : undefined,
    targets: selectTargets({ policy, endpoint, model, headers, stream }, config, request),
    deadlines: deadlinesOf(endpoint, manner, headers.get('x-edge-timeout'), config.firstByteDeadlineMs),
    config,
  }
}

/** The request of a job, which asks for a whole response. */
function wholeRequest({ endpoint, headers }: Incoming, source: Source): Source & { headers: HeaderMap } {
  const whole = withoutStream(endpoint, headers, source.text, source.body)
  if (whole.text === source.text) return { ...source, headers: whole.headers }
  const { text } = whole
  return { bytes: bytesOf(text), text, body: JSON.parse(text), headers: whole.headers }
}

/** A request without a body. */
const EMPTY = { bytes: undefined, text: '', body: undefined }
