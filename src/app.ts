import { Hono } from 'hono/tiny'
import { version } from '../package.json'
import { authenticate } from './auth/authenticate.ts'
import { tokenPlaceAt } from './auth/session.ts'
import { readConfig } from './config.ts'
import type { Endpoint } from './dashscope/endpoint.ts'
import { dialectOfPath, findEndpoint } from './dashscope/endpoints.ts'
import { health } from './edge/health/health.ts'
import { admin } from './edge/keys.ts'
import { wrongMethod } from './edge/method-not-allowed.ts'
import { mint } from './edge/tokens.ts'
import { usageRoutes } from './edge/usage.ts'
import { asGatewayError, errorBody, GatewayError } from './errors.ts'
import { readHeaderMap } from './lib/header-map.ts'
import { requireOwnIds } from './ownership/ownership.ts'
import { adviceAt, meantPath } from './proxy/base-url-advice.ts'
import { corsForAllowedOrigin, corsForKnownOrigin, knownOrigins, preflight } from './proxy/cors.ts'
import {
  type AppEnv,
  beginExchange,
  type EdgeContext,
  type Exchange,
  respondJson,
  timed,
} from './proxy/exchange.ts'
import { answerOnAccount } from './proxy/handler.ts'
import { logError } from './proxy/log.ts'
import { readCall } from './proxy/read-request.ts'

/** The one address of the gateway's own that pages call. */
const TOKENS = '/edge/tokens'

type Route = { endpoint: Endpoint; id: string | undefined }

/** The gateway: its own addresses under `/edge`, and DashScope's for everything else. */
export const app = new Hono<AppEnv>()

app.use('/edge/*', async (c, next) => {
  begin(c)
  await next()
  c.header('x-edge-request-id', c.get('exchange').id)
})
app.route('/edge', health)
app.get('/edge/health', (c) => respondJson(c.get('exchange'), 200, { status: 'ok', version }))
app.all('/edge/health', wrongMethod('GET, HEAD'))
app.route('/edge', admin)
app.route(
  '/edge',
  usageRoutes((env) => readConfig(env).billing.currency),
)
app.post(TOKENS, answerMint)
app.options('*', answerPreflight)
app.all(TOKENS, wrongMethod('POST, OPTIONS'))
app.all('*', handleCall)
// `OPTIONS *` names no path that a route could match (RFC 9110 section 9.3.7).
app.notFound(handleCall)

app.onError((thrown, c) => {
  const exchange = c.get('exchange') ?? begin(c)
  // At a path where nothing is, the error is told to the client of the endpoint that was meant.
  exchange.dialect = dialectOfPath(meantPath(exchange.url.pathname))
  const error = asGatewayError(thrown)
  // A caller who has left hears nothing of it, and a call that was aborted for that reason is no fault.
  if (!exchange.hasAccount && !c.req.raw.signal.aborted) logError(c.env, exchange, error)
  return respondJson(exchange, error.status, errorBody(error, exchange.dialect, exchange.id), error.headers)
})

/** A request to DashScope, from its arrival to its answer. */
async function handleCall(c: EdgeContext): Promise<Response> {
  const request = c.req.raw
  const exchange = begin(c)
  const config = readConfig(c.env)
  const headers = readHeaderMap(request.headers)
  const origin = headers.get('origin') ?? undefined
  if (origin !== undefined) exchange.headers = await corsForKnownOrigin(c.env, config, origin)

  const { endpoint, id } = requireEndpoint(request.method, exchange.url.pathname)
  const place = tokenPlaceAt(exchange.url.origin, config)
  const principal = await timed(exchange, 'auth', authenticate(headers, c.env, exchange.startedMs, place))
  exchange.principal = principal
  if (origin !== undefined)
    exchange.headers = corsForAllowedOrigin(origin, principal.policy.origins ?? config.allowedOrigins)

  const asked = await readCall(request, exchange.url, { headers, principal, endpoint, id }, config)
  const call = await requireOwnIds(c.env, asked)
  const answered = answerOnAccount(c, call)
  // The runtime drops a request together with its caller, and nobody would settle what it has reserved and used by then.
  c.executionCtx.waitUntil(answered.catch(() => undefined))
  return answered
}

/** A session token for a page: minted by its own backend, or by itself with a proof that it is looked at by a person. */
async function answerMint(c: EdgeContext): Promise<Response> {
  const request = c.req.raw
  const exchange = begin(c)
  const config = readConfig(c.env)
  const origin = request.headers.get('origin')
  if (origin !== null) exchange.headers = corsForAllowedOrigin(origin, await knownOrigins(c.env, config))
  return respondJson(
    exchange,
    201,
    await mint(request, c.env, config, exchange.startedMs, exchange.url.origin),
  )
}

async function answerPreflight(c: EdgeContext): Promise<Response> {
  const exchange = begin(c)
  const { pathname } = exchange.url
  const method = c.req.header('access-control-request-method') ?? 'GET'
  const isKnown = pathname === TOKENS || findEndpoint(method, pathname).kind !== 'nothing'
  if (!isKnown || !c.req.header('origin')) throw nothingAt(c.req.method, pathname)
  const allowed = await preflight(c.env, readConfig(c.env), c.req.raw.headers)
  return new Response(null, { status: 204, headers: { ...allowed, 'x-edge-request-id': exchange.id } })
}

function begin(c: EdgeContext): Exchange {
  const exchange = beginExchange(c.req.url)
  c.set('exchange', exchange)
  return exchange
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
  const sentence = `This gateway does not serve ${method} ${path.slice(0, 200)}.`
  return new GatewayError('notFound', `${sentence} ${adviceAt(path)}`)
}
