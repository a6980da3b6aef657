import { hash } from 'node:crypto'
import { record } from './counter.ts'

export { Counter } from './counter.ts'

/** Request headers that are forwarded. */
const UP = ['content-type', 'accept', 'user-agent', 'x-dashscope-sse', 'x-dashscope-async']

const DEADLINE_MS = 300_000
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Keys by credential, like in the gateway's memory; every caller is accepted. */
const known = new Map()

/** Responses of this isolate by their cache key. */
const memory = new Map()

/**
 * The promised work in one hand-written function, for only one endpoint:
 *
 * 1. the key is looked up in memory,
 * 2. the body is read, decoded and parsed,
 * 3. unless the caller said `no-store`, it is hashed, and the response looked up in memory and in KV,
 * 4. with limits (WORK is `limited`), a Durable Object is called, once for all waiting requests,
 * 5. DashScope is called with a deadline and an abort signal, and the response is read,
 * 6. its usage is read, and recorded once a second where usage is counted (WORK is `metered`),
 * 7. a line is logged.
 *
 * No schema, no policy, no canonical form, no retries, no accounts. The additional cost of a gateway is its own; the
 * rest is the cost of the platform.
 */
export default {
  async fetch(request, env, context) {
    const { headers } = request
    const credential = headers.get('authorization')
    if (!known.has(credential)) known.set(credential, { id: 'by-hand' })

    const bytes = new Uint8Array(await request.arrayBuffer())
    const text = decoder.decode(bytes)
    const { model, parameters } = JSON.parse(text)
    if (typeof model !== 'string') return new Response(null, { status: 400 })

    const isCached = headers.get('cache-control') !== 'no-store'
    const key = isCached ? hash('sha256', text) : ''
    const found = isCached && (memory.get(key) ?? (await env.CACHE.getWithMetadata(key, 'arrayBuffer')).value)
    if (found) return respond(found, { model, status: 200, type: 'application/json', cache: 'hit' })
    if (env.WORK === 'limited') await reserve(env, context)

    const up = { authorization: `Bearer ${env.DASHSCOPE_API_KEY}` }
    for (const name of UP) {
      const value = headers.get(name)
      if (value !== null) up[name] = value
    }
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), DEADLINE_MS)
    request.signal.addEventListener('abort', () => abort.abort())
    const asked = ask(env, new URL(request.url).pathname, up, bytes, abort.signal)
    context.waitUntil(asked.catch(() => undefined))
    const { status, type, body } = await asked
    clearTimeout(timer)

    const { usage } = JSON.parse(decoder.decode(body))
    if (env.WORK === 'metered') record(env, context, usage.total_tokens)
    if (isCached && !parameters?.enable_search) memory.set(key, body)
    return respond(body, { model, status, type, cache: 'fwd=miss', usage })
  },
}

async function ask(env, path, headers, body, signal) {
  const response = await fetch(env.UPSTREAM + path, {
    method: 'POST',
    headers,
    body,
    redirect: 'manual',
    signal,
  })
  const type = response.headers.get('content-type') ?? ''
  return { status: response.status, type, body: new Uint8Array(await response.arrayBuffer()) }
}

function respond(body, { model, status, type, cache, usage }) {
  const id = crypto.randomUUID()
  console.log(JSON.stringify({ request: id, key: 'by-hand', user: '', model, status, usage }))
  const headers = { 'content-type': type, 'x-edge-request-id': id, 'cache-status': `by-hand; ${cache}` }
  return new Response(body, { status, headers })
}

/** Requests that wait for the object; the next call includes all of them. */
let waiting = []
let isAsking = false

function reserve(env, context) {
  const { promise, resolve } = Promise.withResolvers()
  waiting.push(resolve)
  if (!isAsking) context.waitUntil(askForAll(env))
  return promise
}

async function askForAll(env) {
  isAsking = true
  while (waiting.length > 0) {
    const asked = waiting
    waiting = []
    await env.COUNTER.getByName('by-hand').add(asked.length, 0)
    for (const allow of asked) allow()
  }
  isAsking = false
}
