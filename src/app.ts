import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import { authenticate } from './access/authenticate.ts'
import { allOrigins } from './access/keys.ts'
import { corsHeaders, matchesOrigin, preflightHeaders, refuseForeignOrigin } from './access/origins.ts'
import { allowEndpoint, allowModel } from './access/policy.ts'
import type { KeyRecord } from './access/record.ts'
import { admin } from './admin/admin.ts'
import { answerCached } from './cache/cached.ts'
import { planCache } from './cache/plan.ts'
import { cacheStatus } from './cache/status.ts'
import type { Call } from './call.ts'
import { type Config, type Env, readConfig } from './config.ts'
import type { Endpoint } from './dashscope/endpoint.ts'
import { findEndpoint } from './dashscope/endpoints.ts'
import { fileIdsIn } from './dashscope/file-ids.ts'
import { asksForStream, asksForTask } from './dashscope/streaming.ts'
import { asGatewayError, errorBody, GatewayError } from './errors.ts'
import { listOwn } from './meter/lists.ts'
import { keepOwnership, requireOwnIds } from './meter/ownership.ts'
import { modelOf, readQuestion } from './question.ts'
import type { Answer } from './relay/answer.ts'
import { relay } from './relay/relay.ts'
import { upstreamRequest } from './relay/request.ts'
import { beginVisit, respond, respondJson, timed, type Visit } from './visit.ts'

export interface AppEnv {
  Bindings: Env
  Variables: { visit: Visit }
}
type EdgeContext = Context<AppEnv>
type Route = { endpoint: Endpoint; id: string | undefined }

/** The gateway: its own addresses under `/edge`, and DashScope's for everything else. */
export const app = new Hono<AppEnv>()

app.get('/edge/health', (c) => respondJson(begin(c), 200, { status: 'ok', version: '0.1.0' }))
app.route('/edge', admin)
app.options('*', answerPreflight)
app.all('*', answerQuestion)
// `OPTIONS *` names no path that a route could match (RFC 9110 section 9.3.7).
app.notFound(answerQuestion)

app.onError((thrown, c) => {
  const visit = c.get('visit') ?? begin(c)
  const error = asGatewayError(thrown)
  // A caller who has left hears nothing of it, and a call that was aborted for that reason is no fault.
  if (error.status >= 500 && !c.req.raw.signal.aborted)
    console.error({
      request: visit.id,
      status: error.status,
      message: error.message,
      cause: String(error.cause),
    })
  return respondJson(visit, error.status, errorBody(error, visit.dialect, visit.id), error.headers)
})

/** The story of one request. */
async function answerQuestion(c: EdgeContext): Promise<Response> {
  const request = c.req.raw
  const visit = begin(c)
  const config = readConfig(c.env)
  const origin = request.headers.get('origin')
  if (origin !== null) visit.cors = await greet(c.env, config, origin)

  const { endpoint, id } = requireEndpoint(request.method, visit.url.pathname)
  const { key } = await timed(visit, 'auth', authenticate(request.headers, c.env.KEYS, Date.now()))
  if (origin !== null) visit.cors = admit(origin, key.origins ?? config.allowedOrigins)

  const call = await hear(request, visit.url, { endpoint, id }, key, config)
  await requireOwnIds(c.env, call)
  return endpoint.ownership?.action === 'list' ? answerList(c, call) : answerCall(c, call)
}

/** What is asked, as far as it is allowed and well formed; nothing of the body is kept but its bytes. */
async function hear(
  request: Request,
  url: URL,
  { endpoint, id }: Route,
  key: KeyRecord,
  config: Config,
): Promise<Call> {
  allowEndpoint(key, endpoint.name)
  const { bytes, text, body } = await readQuestion(request, endpoint, config.maxBodyBytes)
  const model = modelOf(endpoint, id, url, body)
  if (model !== undefined) allowModel(key, model)
  const { headers } = request
  const stream = asksForStream(endpoint, headers, body)
  const asTask = asksForTask(headers) && endpoint.ownership?.action === 'create'
  const fileIds = body === undefined ? [] : fileIdsIn(body)
  const cache = planCache({ headers, url, endpoint, key, config, text, body, unkeepable: stream || asTask })
  return { request, url, key, endpoint, id, bytes, stream, asTask, fileIds, cache, config }
}

/** From the cache where it may be, else from DashScope. */
async function answerCall(c: EdgeContext, call: Call): Promise<Response> {
  const visit = c.get('visit')
  const { request, endpoint, cache } = call
  const ask = (signal?: AbortSignal) => timed(visit, 'upstream', askDashScope(c, call, signal))
  if (!cache.use) {
    const answer = await ask()
    return respond(
      visit,
      answer,
      endpoint.cacheable ? { 'cache-status': cacheStatus({ forward: 'bypass' }) } : {},
    )
  }
  const { answer, outcome, age } = await answerCached({
    ...cache,
    kv: c.env.CACHE,
    caller: request.signal,
    keepAlive: (work) => c.executionCtx.waitUntil(work),
    look: (work) => timed(visit, 'cache', work),
    ask,
  })
  return respond(visit, answer, {
    'cache-status': cacheStatus(outcome),
    ...(age !== undefined && { age: String(age) }),
  })
}

/** DashScope's answer; what it made for this key is the key's before the caller learns of it. */
async function askDashScope(c: EdgeContext, call: Call, signal: AbortSignal | undefined): Promise<Answer> {
  const answer = await relay(upstreamRequest(call), {
    endpoint: call.endpoint,
    requestId: c.get('visit').id,
    deadlineMs: call.config.firstByteDeadlineMs,
    ...(signal && { signal }),
  })
  await keepOwnership(c.env, call, answer, Date.now())
  return answer
}

/** The caller's own tasks or files out of an account that others use as well. */
async function answerList(c: EdgeContext, call: Call): Promise<Response> {
  const visit = c.get('visit')
  const ask = (url: URL) => askDashScope(c, { ...call, url }, undefined)
  return respondJson(visit, 200, await timed(visit, 'upstream', listOwn(c.env, call, ask)))
}

/** A preflight carries no credential (Fetch standard), so it is answered for every origin that any key was given. */
async function answerPreflight(c: EdgeContext): Promise<Response> {
  const visit = begin(c)
  const { headers } = c.req.raw
  const origin = headers.get('origin')
  const found = findEndpoint(headers.get('access-control-request-method') ?? 'GET', visit.url.pathname)
  if (origin === null || found.kind === 'nothing') throw nothingAt(c.req.method, visit.url.pathname)
  refuseForeignOrigin(origin, await knownOrigins(c.env, readConfig(c.env)))
  const allowed = preflightHeaders(
    origin,
    headers.get('access-control-request-method'),
    headers.get('access-control-request-headers'),
  )
  return new Response(null, { status: 204, headers: { ...allowed, 'x-edge-request-id': visit.id } })
}

/** Until the key is known, an error may be read by every page that some key was given for. */
async function greet(env: Env, config: Config, origin: string): Promise<Record<string, string>> {
  return matchesOrigin(await knownOrigins(env, config), origin) ? corsHeaders(origin) : {}
}

function admit(origin: string, allowed: readonly string[]): Record<string, string> {
  refuseForeignOrigin(origin, allowed)
  return corsHeaders(origin)
}

async function knownOrigins(env: Env, config: Config): Promise<readonly string[]> {
  return [...config.allowedOrigins, ...(await allOrigins(env.KEYS, Date.now()))]
}

function begin(c: EdgeContext): Visit {
  const visit = beginVisit(c.req.url)
  c.set('visit', visit)
  return visit
}

function requireEndpoint(method: string, path: string): Route {
  const found = findEndpoint(method, path)
  if (found.kind === 'endpoint') return found
  if (found.kind === 'nothing') throw nothingAt(method, path)
  throw new GatewayError(
    'wrongMethod',
    `Request method '${method}' is not supported. Use ${found.allowed.join(' or ')}.`,
    {
      headers: { allow: [...found.allowed, 'OPTIONS'].join(', ') },
    },
  )
}

function nothingAt(method: string, path: string): GatewayError {
  return new GatewayError('notFound', `This gateway does not serve ${method} ${path.slice(0, 200)}.`)
}
