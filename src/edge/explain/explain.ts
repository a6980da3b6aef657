import { requireUsable } from '../../auth/authenticate.ts'
import { type Config, type Env, readConfig } from '../../config.ts'
import { asGatewayError, GatewayError, nativeCode } from '../../errors.ts'
import { findKeyById } from '../../keys/store.ts'
import type { LimitState } from '../../meter/metering.ts'
import { requireAllowedIp } from '../../policy/ip.ts'
import type { KeyRecord, Principal } from '../../policy/key-record.ts'
import { originsOfKey, refuseForeignOrigin } from '../../policy/origins.ts'
import type { EdgeContext } from '../../proxy/exchange.ts'
import { readCall } from '../../proxy/read-request.ts'
import { requireEndpoint } from '../../proxy/route.ts'
import { identifyEdgeCaller } from '../caller.ts'
import { readJsonBody } from '../json-body.ts'
import { type LimitLeft, leftOf } from '../limits-left.ts'
import { type Plan, planOf, refusingLimit } from './plan.ts'
import type { ExplainBody } from './schema.ts'

/** How the gateway would treat a request. */
export type Explanation =
  | ({ allowed: true } & Plan)
  | {
      allowed: false
      /** HTTP status of the refusal. */
      status: number
      /** In the native dialect. */
      code: string
      /** The reason in the error table. */
      reason: string
      /** The field of the key record that refuses the request; `null` if the request itself is wrong. */
      rule: string | null
      /** The field of the request that is wrong. */
      param: string | null
      /** The exceeded limit and its remaining quota. */
      limit?: LimitLeft
      /** The error message that the caller would get. */
      message: string
    }

/** The caller that the request is checked for, and the other inputs of the checks. */
interface Subject {
  principal: Principal
  /** The record, if the operator asks; only the operator may ask about an expired or disabled key. */
  record?: KeyRecord
  /** The IP address that the request would come from, if known. */
  address: string | undefined
}

/**
 * `POST /explain`: the first rule that would refuse a request, or the plan to serve it. Nothing is sent upstream,
 * charged or logged. A client key may ask about itself, the operator about any key.
 */
export async function explain(c: EdgeContext): Promise<Response> {
  const { env, req } = c
  const config = readConfig(env)
  const nowMs = Date.now()
  const caller = await identifyEdgeCaller(req.raw, env, nowMs, { isRead: true })
  if (caller.kind === 'client') await throttle(env, caller.principal.keyId)
  // Loads the schema on first use.
  const { explainBody } = await import('./schema.ts')
  const body = await readJsonBody(req.raw, explainBody)
  const subject =
    caller.kind === 'client' ? ownSubject(c, caller.principal, body) : await subjectOf(env, body)
  return c.json(await explanationOf(body.request, subject, env, config, c.get('exchange').url.origin))
}

/** An explanation costs as much work as a request without its tokens, so a key is throttled like failed logins. */
async function throttle({ BRAKE }: Env, keyId: string): Promise<void> {
  const outcome = await BRAKE?.limit({ key: `explain ${keyId}` }).catch(() => undefined)
  if (outcome?.success !== false) return
  throw new GatewayError(
    'rateLimited',
    'This key has requested too many explanations. Try again in a minute.',
    {
      headers: { 'retry-after': '60' },
    },
  )
}

function ownSubject(c: EdgeContext, principal: Principal, { key_id, address }: ExplainBody): Subject {
  if (key_id !== undefined && key_id !== principal.keyId) {
    throw new GatewayError('denied', 'key_id: a client key may only ask about itself. Leave the field out.', {
      param: 'key_id',
    })
  }
  return { principal, address: address ?? c.req.header('cf-connecting-ip') }
}

async function subjectOf({ KEYS }: Env, { key_id, address }: ExplainBody): Promise<Subject> {
  if (key_id === undefined) {
    throw new GatewayError('invalid', 'key_id: expected the id of the key that would send the request.', {
      param: 'key_id',
    })
  }
  const record = await findKeyById(KEYS, key_id, Date.now())
  if (!record) throw new GatewayError('notFound', `There is no key ${key_id}.`)
  return { principal: { keyId: record.id, policy: record }, record, address }
}

async function explanationOf(
  asked: ExplainBody['request'],
  subject: Subject,
  env: Env,
  config: Config,
  own: string,
): Promise<Explanation> {
  let refusing: LimitState | undefined
  try {
    const call = await callOf(asked, subject, config, own)
    const verdict = await refusingLimit(call, env)
    refusing = verdict?.state
    if (verdict) throw verdict.error
    return { allowed: true, ...(await planOf(call, env, config)) }
  } catch (thrown) {
    const error = asGatewayError(thrown)
    // A failure of the gateway is not a property of the request.
    if (error.status >= 500) throw error
    const { status, reason, rule, param, message } = error
    return {
      allowed: false,
      status,
      code: nativeCode(reason),
      reason,
      rule: refusing ? `limits.${refusing.name}` : (rule ?? null),
      param: param ?? null,
      ...(refusing && { limit: leftOf(refusing) }),
      message,
    }
  }
}

/** Reads and checks the request in the same order as a real one. */
async function callOf(asked: ExplainBody['request'], subject: Subject, config: Config, own: string) {
  const { method, path, body } = asked
  const { principal, record, address } = subject
  const url = new URL(path, own)
  const fields = Object.entries(asked.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  )
  const headers = new Map(fields)
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  if (address !== undefined) headers.set('cf-connecting-ip', address)
  const route = requireEndpoint(method, url.pathname)
  if (record) requireUsable(record, Date.now())
  if (address !== undefined) requireAllowedIp(principal.policy.ip_ranges, headers)
  const allowed = originsOfKey(principal.policy.origins, config.allowedOrigins, own)
  refuseForeignOrigin(headers.get('origin') ?? null, allowed)
  const text = typeof body === 'object' ? JSON.stringify(body) : body
  const request = new Request(url, { method, ...(text !== undefined && method !== 'GET' && { body: text }) })
  return readCall(request, url, { headers, principal, ...route }, config)
}
