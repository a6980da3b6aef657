import type { Context } from 'hono'
import { Hono } from 'hono/tiny'
import { authenticate } from './access/authenticate.ts'
import { countRefusal, refuseBraked } from './access/brake.ts'
import { allowAddress } from './access/ip.ts'
import type { Principal } from './access/record.ts'
import { tokenKeys } from './access/token-key.ts'
import { admin } from './admin/admin.ts'
import { health } from './admin/health.ts'
import { mint } from './admin/tokens.ts'
import { usageRoutes } from './admin/usage.ts'
import { answerCached } from './cache/cached.ts'
import { cacheStatus } from './cache/status.ts'
import type { Call } from './call.ts'
import { type Config, type Env, readConfig } from './config.ts'
import type { Endpoint } from './dashscope/endpoint.ts'
import { findEndpoint } from './dashscope/endpoints.ts'
import { asGatewayError, errorBody, GatewayError } from './errors.ts'
import { hear } from './hear.ts'
import { logClosing, logError, logLost } from './log.ts'
import { type Account, openAccount } from './meter/account.ts'
import { listOwn } from './meter/lists.ts'
import { keepOwnership, requireOwnIds } from './meter/ownership.ts'
import { admit, greet, knownOrigins, preflight } from './pages.ts'
import type { Answer } from './relay/answer.ts'
import { type AttemptOptions, answeringAttempt } from './relay/attempt.ts'
import type { Target } from './relay/targets.ts'
import { askInTurn } from './relay/turns.ts'
import { beginVisit, respond, respondJson, timed, type Visit } from './visit.ts'

export interface AppEnv {
  Bindings: Env
  Variables: { visit: Visit }
}
type EdgeContext = Context<AppEnv>
/** The one address of the gateway's own that pages call. */
const TOKENS = '/edge/tokens'

type Route = { endpoint: Endpoint; id: string | undefined }

/** The gateway: its own addresses under `/edge`, and DashScope's for everything else. */
export const app = new Hono<AppEnv>()

app.use('/edge/*', async (c, next) => {
  const visit = begin(c)
  await next()
  // Who answered may have begun anew, under another id, which then stands in the body of an error too.
  if (!c.res.headers.has('x-edge-request-id')) c.header('x-edge-request-id', visit.id)
})
app.route('/edge', health)
app.get('/edge/health', (c) => respondJson(c.get('visit'), 200, { status: 'ok', version: '0.1.0' }))
app.route('/edge', admin)
app.route(
  '/edge',
  usageRoutes((env) => readConfig(env).billing.currency),
)
app.post(TOKENS, answerMint)
app.options('*', answerPreflight)
app.all('*', answerQuestion)
// `OPTIONS *` names no path that a route could match (RFC 9110 section 9.3.7).
app.notFound(answerQuestion)

app.onError((thrown, c) => {
  const visit = c.get('visit') ?? begin(c)
  const error = asGatewayError(thrown)
  // A caller who has left hears nothing of it, and a call that was aborted for that reason is no fault.
  if (!visit.hasAccount && !c.req.raw.signal.aborted) logError(c.env, visit, error)
  return respondJson(visit, error.status, errorBody(error, visit.dialect, visit.id), error.headers)
})

/** The story of one request. */
async function answerQuestion(c: EdgeContext): Promise<Response> {
  const request = c.req.raw
  const visit = begin(c)
  const config = readConfig(c.env)
  const origin = request.headers.get('origin')
  if (origin !== null) visit.headers = await greet(c.env, config, origin)

  const { endpoint, id } = requireEndpoint(request.method, visit.url.pathname)
  const principal = await timed(visit, 'auth', whoIs(c, visit, config))
  visit.principal = principal
  if (origin !== null) visit.headers = admit(origin, principal.key.origins ?? config.allowedOrigins)

  const heard = await hear(request, visit.url, { principal, endpoint, id }, config)
  const call = await requireOwnIds(c.env, heard)
  const answered = answerOnAccount(c, call)
  // The runtime drops a request together with its caller, and nobody would settle what it has reserved and used by then.
  c.executionCtx.waitUntil(answered.catch(() => undefined))
  return answered
}

/** Everything that costs something: within the caller's limits, and with an account that is closed however it ends. */
async function answerOnAccount(c: EdgeContext, call: Call): Promise<Response> {
  const visit = c.get('visit')
  const account = await openAccount(c.env, call, {
    id: visit.id,
    nowMs: visit.startedMs,
    answeredIn: () => answeringAttempt(visit.attempts)?.region,
    keepAlive: (work) => c.executionCtx.waitUntil(work),
    closed: (closing) => logClosing(c.env, visit, call, closing),
    lost: (settlements, cause) => logLost(call.principal.key.id, settlements, cause),
  })
  visit.hasAccount = true
  visit.headers = { ...visit.headers, ...account.headers }
  try {
    const isList = call.endpoint.ownership?.action === 'list'
    return await (isList ? answerList(c, call, account) : answerCall(c, call, account))
  } catch (thrown) {
    account.failed(asGatewayError(thrown))
    throw thrown
  }
}

/** The caller; whoever is refused again and again is braked before the next look-up. */
async function whoIs(c: EdgeContext, visit: Visit, config: Config): Promise<Principal> {
  const { headers } = c.req.raw
  const address = headers.get('cf-connecting-ip')
  const place = { keys: tokenKeys(config), origin: visit.url.origin }
  const nowMs = visit.startedMs
  try {
    const principal = await authenticate(headers, c.env.KEYS, nowMs, place, () =>
      refuseBraked(address, nowMs),
    )
    allowAddress(principal.key.ip_ranges, headers)
    return principal
  } catch (thrown) {
    if (asGatewayError(thrown).reason === 'unauthenticated') await countRefusal(c.env.BRAKE, address, nowMs)
    throw thrown
  }
}

/** From the cache where it may be, else from DashScope. */
async function answerCall(c: EdgeContext, call: Call, account: Account): Promise<Response> {
  const visit = c.get('visit')
  const { request, endpoint, cache } = call
  const keepAlive = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  const ask = async (signal: AbortSignal) => {
    request.signal.throwIfAborted()
    return timed(visit, 'upstream', askDashScope(c, call, account, signal))
  }
  if (!cache.use) {
    const answer = await ask(request.signal)
    const status = endpoint.cacheable ? { 'cache-status': cacheStatus({ forward: 'bypass' }) } : {}
    return respondOnAccount(visit, answer, status, account)
  }
  const { answer, outcome, age } = await answerCached({
    ...cache,
    kv: c.env.CACHE,
    caller: request.signal,
    keepAlive,
    look: (work) => timed(visit, 'cache', work),
    ask,
  })
  const status = { 'cache-status': cacheStatus(outcome), ...(age !== undefined && { age: String(age) }) }
  return respondOnAccount(visit, answer, status, account, 'hit' in outcome || outcome.collapsed === true)
}

/** The account is closed behind the answer, because the log says what the caller was told. */
function respondOnAccount(
  visit: Visit,
  answer: Answer,
  extra: Record<string, string>,
  account: Account,
  isShared = false,
): Response {
  const response = respond(visit, answer, extra)
  if (answer.kind === 'whole') account.answered(answer, isShared)
  else if (!account.watcher) account.ended('open')
  return response
}

/** DashScope's answer; what it made for this key is the key's before the caller learns of it. */
async function askDashScope(
  c: EdgeContext,
  call: Call,
  account: Account,
  signal: AbortSignal,
): Promise<Answer> {
  const { id: requestId, attempts } = c.get('visit')
  const options: AttemptOptions = { requestId, signal, watcher: account.watcher, attempts }
  const answer = await askInTurn(call, options)
  await keepOwnership(c.env, call, answer, answeringAttempt(attempts)?.to ?? '', Date.now())
  return answer
}

/** The caller's own tasks or files out of an account that others use as well; made of several answers, or of none. */
async function answerList(c: EdgeContext, call: Call, account: Account): Promise<Response> {
  const visit = c.get('visit')
  const options = { requestId: visit.id, signal: call.request.signal }
  const ask = (url: URL, target: Target) =>
    askInTurn({ ...call, url, targets: [target] }, { ...options, attempts: [] })
  const list = await timed(visit, 'upstream', listOwn(c.env, call, ask))
  account.ended('complete')
  return respondJson(visit, 200, list)
}

/** A session token for a page: minted by its own backend, or by itself with a proof that it is looked at by a person. */
async function answerMint(c: EdgeContext): Promise<Response> {
  const request = c.req.raw
  const visit = begin(c)
  const config = readConfig(c.env)
  const origin = request.headers.get('origin')
  if (origin !== null) visit.headers = admit(origin, await knownOrigins(c.env, config))
  const address = request.headers.get('cf-connecting-ip')
  refuseBraked(address, visit.startedMs)
  try {
    return respondJson(visit, 201, await mint(request, c.env, config, visit.startedMs, visit.url.origin))
  } catch (thrown) {
    const { status } = asGatewayError(thrown)
    if (status === 401 || status === 403) await countRefusal(c.env.BRAKE, address, visit.startedMs)
    throw thrown
  }
}

async function answerPreflight(c: EdgeContext): Promise<Response> {
  const visit = begin(c)
  const { pathname } = visit.url
  const method = c.req.header('access-control-request-method') ?? 'GET'
  const isKnown = pathname === TOKENS || findEndpoint(method, pathname).kind !== 'nothing'
  if (!isKnown || !c.req.header('origin')) throw nothingAt(c.req.method, pathname)
  const allowed = await preflight(c.env, readConfig(c.env), c.req.raw.headers)
  return new Response(null, { status: 204, headers: { ...allowed, 'x-edge-request-id': visit.id } })
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
