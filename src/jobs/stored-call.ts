import type { Config } from '../config.ts'
import { findEndpoint } from '../dashscope/endpoints.ts'
import { some, type Targets, targetsAt } from '../dashscope/targets.ts'
import type { Usage } from '../dashscope/usage.ts'
import { GatewayError } from '../errors.ts'
import type { Principal } from '../policy/key-record.ts'
import type { Deadlines } from '../upstream/deadlines.ts'
import { upstreamHeaders } from '../upstream/headers.ts'
import type { UpstreamCall } from '../upstream/upstream-call.ts'

/**
 * An authorized request as plain data, without its body: what the ledger stores, so that another isolate can make the call
 * after the caller has left. It holds no credential: headers are those that go to DashScope, without the key.
 */
export interface StoredCall
  extends Pick<UpstreamCall, 'model' | 'asTask' | 'namesWorkspace' | 'aggregation' | 'deadlines'> {
  method: string
  /** Path and query as the caller sent them. */
  path: string
  headers: Record<string, string>
  /** Ids of the targets, in order of preference. */
  targets: string[]
  principal: Principal
  estimate: Usage
}

/** A call as one of the proxy's requests has it. */
export type CallToStore = UpstreamCall & Pick<StoredCall, 'principal' | 'estimate'>

/** A model call of a job may take this long in all, whatever the gateway allows a caller that waits. */
const JOB_DEADLINE_MS = 15 * 60_000

/** Turns a request into what the ledger stores. */
export function storeCall(call: CallToStore): StoredCall {
  const { url, headers, model, asTask, namesWorkspace, aggregation, targets, principal, estimate } = call
  // The key is added again when the call is made.
  const { authorization: _, ...kept } = upstreamHeaders(headers, '', false)
  const deadlines: Deadlines = { ...call.deadlines, totalMs: JOB_DEADLINE_MS, firstByteMs: JOB_DEADLINE_MS }
  return {
    method: call.endpoint.method,
    path: url.pathname + url.search,
    headers: kept,
    model,
    asTask,
    namesWorkspace,
    aggregation,
    deadlines,
    targets: targets.map(({ id }) => id),
    principal,
    estimate,
  }
}

/**
 * Makes the call again that {@link storeCall} stored.
 *
 * @throws GatewayError `denied` if none of its targets is configured any more.
 */
export function restoreCall(
  stored: StoredCall,
  bytes: Uint8Array<ArrayBuffer> | undefined,
  config: Config,
): UpstreamCall {
  const { method, path, headers, model, asTask, namesWorkspace, aggregation, deadlines } = stored
  const url = new URL(path, 'https://job.invalid')
  const found = findEndpoint(method, url.pathname)
  if (found.kind !== 'endpoint') {
    throw new GatewayError('notFound', `This gateway does not serve ${method} ${url.pathname} any more.`)
  }
  return {
    request: new Request(url, { method }),
    headers: new Map(Object.entries(headers)),
    url,
    endpoint: found.endpoint,
    model,
    // A job keeps the model that it was accepted for.
    fallbacks: [],
    bytes,
    stream: false,
    asTask,
    namesWorkspace,
    aggregation,
    targets: targetsOf(stored, config),
    deadlines,
    config,
  }
}

function targetsOf({ targets: ids, principal }: StoredCall, { targets }: Config): Targets {
  const left = some(ids.flatMap((id) => targets.filter((target) => target.id === id)))
  const [first = ''] = ids
  const found = left ?? targetsAt(targets, first)
  if (found) return found
  throw new GatewayError('denied', `The regions of key ${principal.keyId} are not configured any more.`)
}

/** The same for the meter, which reserves and settles without the body. Throws as {@link restoreCall}. */
export function restoreMeteredCall(stored: StoredCall, config: Config) {
  const { principal, estimate } = stored
  return { ...restoreCall(stored, undefined, config), principal, estimate }
}
