import type { Config } from '../config.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import { customizationIn } from '../dashscope/request/customization.ts'
import { describeRequest, type RequestDescription } from '../dashscope/request/describe.ts'
import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { withBodyUser } from '../policy/body-user.ts'
import { allowCaps } from '../policy/caps.ts'
import type { Principal } from '../policy/key-record.ts'
import { allowEndpoint, allowModel, allowWorkspace } from '../policy/policy.ts'
import { restrictBody } from '../policy/restrict.ts'
import { allowUnmetered } from '../policy/unmetered.ts'
import { allowUploadPolicy } from '../policy/upload-caps.ts'
import { validate } from '../policy/validate.ts'
import { withoutStream } from '../upstream/without-stream.ts'
import { bodyRoomOf } from './body-room.ts'
import { type CheckedRequest, planRequest } from './plan-request.ts'
import type { ProxyRequest } from './proxy-request.ts'
import { modelOf, type RequestBody, readRequestBody } from './request-body.ts'

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
  if (endpoint.isTranslated) throw needsSeveralCalls(endpoint)
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
  return planRequest(request, url, restrictAndCheck(url, incoming, read), read, config)
}

/** Restricts a body to what its caller may send, and checks it, the most useful error first. */
function restrictAndCheck(url: URL, incoming: Incoming, read: RequestBody): CheckedRequest {
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
    asJob: incoming.asJob === true,
    recheck: incoming.recheck,
  }
}

/** Adds the header that DashScope needs to resolve temporary uploads; clients may omit it. */
function resolvingUploads(headers: HeaderMap, { namedIds }: RequestDescription): HeaderMap {
  const isNamed = [...namedIds].some(([kind, ids]) => kind === 'upload' && ids.length > 0)
  return isNamed ? new Map(headers).set('x-dashscope-ossresourceresolve', 'enable') : headers
}

/** Jobs, hooks and presets make one upstream call; a translated endpoint may need several. */
function needsSeveralCalls({ name }: Endpoint): GatewayError {
  return new GatewayError(
    'invalid',
    `The endpoint "${name}" cannot run as a job, a hook or a preset. Call it directly, or use the native endpoint.`,
  )
}
