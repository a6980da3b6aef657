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
 * An authorized request as plain data, without its body: what the ledger stores, so that another isolate can make the
 * call after the caller has left. It contains no credential: its headers are those for DashScope, without the key.
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

/** The parts of a proxy request that are stored. */
export type CallToStore = UpstreamCall & Pick<StoredCall, 'principal' | 'estimate'>

/** The total time of a model call of a job, whatever the limit for waiting callers. */
const JOB_DEADLINE_MS = 15 * 60_000

/** Converts a request to the form that the ledger stores. */
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
 * Restores a call stored by {@link storeCall}.
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
    throw new GatewayError('notFound', `This gateway no longer serves ${method} ${url.pathname}.`)
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
  throw new GatewayError('denied', `The regions of key ${principal.keyId} are no longer configured.`)
}

/** The same for reservations and settlements, which do not need the body. Throws as {@link restoreCall}. */
export function restoreMeteredCall(stored: StoredCall, config: Config) {
  const { principal, estimate } = stored
  return { ...restoreCall(stored, undefined, config), principal, estimate }
}
