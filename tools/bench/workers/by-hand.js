import { hash } from 'node:crypto'

/** Request headers that go on. */
const UP = ['content-type', 'accept', 'user-agent', 'x-dashscope-sse', 'x-dashscope-async']

const DEADLINE_MS = 300_000
const decoder = new TextDecoder('utf-8', { fatal: true })

/** Keys by their credential, as the gateway remembers them; every caller is accepted. */
const known = new Map()

/**
 * The promised work written down in one function, for one endpoint and nothing else: the key is looked up in memory, the
 * body read, parsed and hashed, the cache asked, DashScope asked within a deadline and with a handle to end the call, the
 * answer read, a line logged. No schema, no policy, no canonical form of the question, no retries, no accounts. What a
 * gateway costs more than this is its own; the rest is the cost of the platform.
 */
export default {
  async fetch(request, env, context) {
    const { headers } = request
    const credential = headers.get('authorization')
    if (!known.has(credential)) known.set(credential, { id: 'by-hand' })

    const bytes = new Uint8Array(await request.arrayBuffer())
    const text = decoder.decode(bytes)
    const { model } = JSON.parse(text)
    if (typeof model !== 'string') return new Response(null, { status: 400 })

    const found = await env.CACHE.getWithMetadata(hash('sha256', text), 'arrayBuffer')
    if (found.value) return new Response(found.value)

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
    const { status, type, answer } = await asked
    clearTimeout(timer)

    const id = crypto.randomUUID()
    const { usage } = JSON.parse(decoder.decode(answer))
    console.log(JSON.stringify({ request: id, key: 'by-hand', user: '', model, status, usage }))
    return new Response(answer, {
      status,
      headers: { 'content-type': type, 'x-edge-request-id': id, 'cache-status': 'by-hand; fwd=miss' },
    })
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
  return { status: response.status, type, answer: new Uint8Array(await response.arrayBuffer()) }
}
