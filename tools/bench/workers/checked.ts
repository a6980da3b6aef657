import { authenticate } from '../../../src/auth/authenticate.ts'
import { type Env, readConfig } from '../../../src/config.ts'
import { usageOf } from '../../../src/dashscope/read-usage.ts'
import { NO_USAGE, type Usage } from '../../../src/dashscope/usage.ts'
import { readHeaderMap } from '../../../src/lib/header-map.ts'
import type { ProxyRequest } from '../../../src/proxy/proxy-request.ts'
import { readCall } from '../../../src/proxy/read-request.ts'
import { requireEndpoint } from '../../../src/proxy/route.ts'
import { upstreamRequest } from '../../../src/upstream/upstream-call.ts'
import { type CounterBinding, record } from './counter.ts'

export { Counter } from './counter.ts'

const DEADLINE_MS = 300_000
const decoder = new TextDecoder()

type Bindings = Env & CounterBinding

/** Responses of this isolate by their cache key. */
const memory = new Map<string, Uint8Array<ArrayBuffer>>()

/**
 * `by-hand.js` with the gateway's own checks: credential, endpoint, schema, policy, description, cache key, and the
 * headers for DashScope. There is no account, log row, retry, breaker or sharing of identical requests. What it
 * reaches is the limit for a gateway that checks requests as this one does, whatever else it leaves out.
 */
export default {
  async fetch(request: Request, env: Bindings, context: ExecutionContext): Promise<Response> {
    const url = new URL(request.url)
    const headers = readHeaderMap(request.headers)
    const principal = await authenticate(headers, env, Date.now())
    const route = requireEndpoint(request.method, url.pathname)
    const call = await readCall(request, url, { headers, principal, ...route }, readConfig(env))

    const key = call.cache.use ? call.cache.cacheKey : undefined
    const found = key && (memory.get(key) ?? (await env.CACHE.getWithMetadata(key, 'arrayBuffer')).value)
    if (found) return respond(call, found, 'hit', NO_USAGE)

    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), DEADLINE_MS)
    request.signal.addEventListener('abort', () => abort.abort())
    const asked = ask(call, abort.signal)
    context.waitUntil(asked.catch(() => undefined))
    const body = await asked
    clearTimeout(timer)

    const usage = usageOf(JSON.parse(decoder.decode(body)), ['usage']) ?? NO_USAGE
    if (principal.policy.metered !== false) record(env, context, usage.input + usage.output)
    if (call.cache.use && call.cache.ttlSeconds !== undefined) memory.set(call.cache.cacheKey, body)
    return respond(call, body, 'fwd=miss', usage)
  },
}

async function ask(call: ProxyRequest, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const { url, method, headers, body } = upstreamRequest(call, call.targets[0])
  const response = await fetch(url, { method, headers, redirect: 'manual', signal, ...(body && { body }) })
  return new Uint8Array(await response.arrayBuffer())
}

function respond({ model }: ProxyRequest, body: BodyInit, cache: string, usage: Usage): Response {
  const id = crypto.randomUUID()
  console.log(JSON.stringify({ request: id, key: 'by-hand', user: '', model, status: 200, usage }))
  const headers = {
    'content-type': 'application/json',
    'x-edge-request-id': id,
    'cache-status': `by-hand; ${cache}`,
  }
  return new Response(body, { headers })
}
