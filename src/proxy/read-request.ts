import { planCache, withoutCache } from '../cache/plan.ts'
import type { Config } from '../config.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import { customizationIn } from '../dashscope/request/customization.ts'
import { describeRequest, type RequestDescription } from '../dashscope/request/describe.ts'
import { hasUsageOption } from '../dashscope/stream/framing.ts'
import { askForUsage, includesUsage } from '../dashscope/stream/usage-chunk.ts'
import { NO_USAGE } from '../dashscope/usage.ts'
import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { JsonBody } from '../lib/json/body.ts'
import { estimateUsage } from '../meter/estimate.ts'
import { boundsUsage, hasLimits } from '../meter/limited-meters.ts'
import { withBodyUser } from '../policy/body-user.ts'
import { allowCaps } from '../policy/caps.ts'
import type { Principal } from '../policy/key-record.ts'
import { allowEndpoint, allowModel, allowWorkspace } from '../policy/policy.ts'
import { restrictBody } from '../policy/restrict.ts'
import { allowUnmetered } from '../policy/unmetered.ts'
import { allowUploadPolicy } from '../policy/upload-caps.ts'
import { validate } from '../policy/validate.ts'
import { deadlinesOf } from '../upstream/deadlines.ts'
import { selectTargets } from '../upstream/select.ts'
import { aggregationOf } from '../upstream/stream-only.ts'
import { withoutStream } from '../upstream/without-stream.ts'
import { asksForBatchChat, BATCH_CHAT_DEADLINE_MS, batchChatTargets } from './batch/batch-chat.ts'
import { bodyRoomOf } from './body-room.ts'
import { fallbackModels } from './fallback-call.ts'
import { keptBodyOf } from './kept-body.ts'
import type { ProxyRequest } from './proxy-request.ts'
import { modelOf, type RequestBody, readRequestBody } from './request-body.ts'
import { placeOfUpload, prepareUpload, UPLOAD_DEADLINE_MS } from './upload/prepare-upload.ts'

/** The caller and the endpoint of a request. */
export interface Incoming {
  headers: HeaderMap
  principal: Principal
  endpoint: Endpoint
  id: string | undefined
  /** The application in the path. */
  app?: string | undefined
  /** Whether it becomes a job, whose response is never a stream. */
  asJob?: boolean
  /** Refuses a caller whose credential has expired meanwhile; for bodies that are forwarded while they arrive. */
  recheck?: () => Promise<unknown>
}

/**
 * Reads a request and checks it against the policy and the schema, in the order that gives the most useful error
 * first. Only the bytes of the body are kept.
 *
 * @throws GatewayError for requests that the policy or DashScope would refuse, before anything is sent upstream.
 */
export async function readCall(
  request: Request,
  url: URL,
  incoming: Incoming,
  config: Config,
): Promise<ProxyRequest> {
  const { endpoint, headers, principal } = incoming
  allowEndpoint(principal.policy, endpoint.name)
  if (endpoint.isUnmetered) allowUnmetered(principal, endpoint.name)
  if (endpoint.isTranslated) throw notAlone(endpoint)
  if (endpoint.ownership?.kind === 'upload') allowUploadPolicy(principal.policy.caps ?? {})
  const body = await readRequestBody(request, headers, endpoint, bodyRoomOf(principal, config))
  return authorize(request, url, incoming, body, config)
}

/**
 * Checks a request with its body against the policy and the schema, and plans how it is sent to DashScope.
 *
 * @param request for the caller's location and signal.
 * @param url path and query for DashScope.
 * @throws GatewayError as {@link readCall} does.
 */
export function authorize(
  request: Request,
  url: URL,
  incoming: Incoming,
  read: RequestBody,
  config: Config,
): ProxyRequest {
  const checked = checkRequest(url, incoming, read)
  return planRequest(request, url, incoming, checked, read, config)
}

/** A request that the policy allows and the schema accepts. */
interface CheckedRequest {
  headers: HeaderMap
  principal: Principal
  /** Differs from the endpoint of the path if the body selects an action. */
  endpoint: Endpoint
  id: string | undefined
  /** With the frozen parts of the token; undefined if the body is not JSON. */
  json: JsonBody | undefined
  model: string
  asked: RequestDescription
  namesWorkspace: boolean
}

/** The checks of a body, the most useful error first. */
function checkRequest(url: URL, incoming: Incoming, read: RequestBody): CheckedRequest {
  const { endpoint: row, app } = incoming
  const { policy } = incoming.principal
  const restricted = read.kind === 'json' ? restrictBody(read.json, incoming.principal, row, app) : undefined
  const { headers: given, json } =
    restricted && incoming.asJob
      ? withoutStream(row, incoming.headers, restricted)
      : { headers: incoming.headers, json: restricted }
  const body = json?.value
  // A batch counts for the user in its lines; the metadata of the batch itself is for its creator.
  const isBatch = row.ownership?.kind === 'batch'
  const principal = isBatch ? incoming.principal : withBodyUser(incoming.principal, body)
  if (json && row.schema) validate(row.schema(), body)

  const customized = customizationIn(row, body)
  const { endpoint, id } = customized ?? incoming
  if (customized?.targetModel !== undefined) allowModel(policy, customized.targetModel)
  const named = modelOf(endpoint, app, url, body)
  if (named !== undefined) allowModel(policy, named)
  const asked = describeRequest(endpoint, given, body)
  const headers = resolvingUploads(given, asked)
  const namesWorkspace = allowWorkspace(policy, headers, body)
  if (json && policy.caps) allowCaps(policy.caps, endpoint, asked)
  return {
    headers,
    principal,
    endpoint,
    id,
    json,
    model: named ?? `(${endpoint.name})`,
    asked,
    namesWorkspace,
  }
}

/** Plans where a checked request is sent, what is reserved for it, and how it is cached. */
function planRequest(
  request: Request,
  url: URL,
  incoming: Incoming,
  checked: CheckedRequest,
  read: RequestBody,
  config: Config,
): ProxyRequest {
  const { headers, principal, endpoint, id, json, model, asked, namesWorkspace } = checked
  const body = json?.value
  const { stream, asTask } = asked
  const asBatchChat = asksForBatchChat({ headers, endpoint, stream, asJob: incoming.asJob === true }, config)
  const hidesUsage =
    stream && hasUsageOption(endpoint.streamFormat) && boundsUsage(principal) && !includesUsage(body)
  const sent = json && hidesUsage ? askForUsage(json) : json
  const isEstimated = stream || asTask || asked.inBackground || hasLimits(principal)
  const mayAggregate =
    json &&
    !stream &&
    !asTask &&
    !asBatchChat &&
    !asked.isEncrypted &&
    config.streamOnlyModels === 'aggregate'
  const form = read.kind === 'upload' ? read.upload : undefined
  const uploadPlace = form ? placeOfUpload(endpoint, form) : endpoint
  const selected = selectTargets(
    { policy: principal.policy, endpoint: uploadPlace, model, headers, stream },
    config,
    request,
  )
  const targets = asBatchChat ? batchChatTargets(selected) : selected
  if (form) prepareUpload(form, principal, targets[0].region, config)
  const longMs = asBatchChat ? BATCH_CHAT_DEADLINE_MS : form ? UPLOAD_DEADLINE_MS : undefined
  const totalMs = longMs ?? config.firstByteDeadlineMs
  const mode = { stream, thinking: stream && asked.thinking.isSlow }
  const cache = planCache({ headers, url, endpoint, principal, config, model, json, asked })
  return {
    request,
    headers,
    url,
    principal,
    endpoint,
    id,
    model,
    fallbacks:
      json && !asTask && !asBatchChat ? fallbackModels(principal, endpoint, model, body, config) : [],
    bytes: sent?.bytes ?? (read.kind === 'text' ? read.bytes : undefined),
    ...(read.kind === 'json' && !asked.isEncrypted && keptBodyOf(read.json.bytes, principal, config)),
    ...(form && { form: { ...form, recheck: incoming.recheck } }),
    hidesUsage,
    stream,
    asTask,
    ...(asBatchChat && { asBatchChat }),
    namesWorkspace,
    namedIds: asked.namedIds,
    ...(asked.isUnstored && { isUnstored: true }),
    estimate: isEstimated ? estimateUsage(endpoint, asked, json?.bytes.byteLength ?? 0) : NO_USAGE,
    asked,
    cache: asBatchChat ? withoutCache(cache) : cache,
    aggregation: mayAggregate ? aggregationOf(endpoint, model, body) : undefined,
    targets,
    deadlines: deadlinesOf(endpoint, mode, headers.get('x-edge-timeout'), totalMs),
    config,
  }
}

/** Adds the header that DashScope needs to resolve temporary uploads; clients may omit it. */
function resolvingUploads(headers: HeaderMap, { namedIds }: RequestDescription): HeaderMap {
  const isNamed = [...namedIds].some(([kind, ids]) => kind === 'upload' && ids.length > 0)
  return isNamed ? new Map(headers).set('x-dashscope-ossresourceresolve', 'enable') : headers
}

/** Jobs, hooks and presets make one upstream call; a translated endpoint may need several. */
function notAlone({ name }: Endpoint): GatewayError {
  return new GatewayError(
    'invalid',
    `The endpoint "${name}" cannot run as a job, a hook or a preset. Call it directly, or use the native endpoint.`,
  )
}
