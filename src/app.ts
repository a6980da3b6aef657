import { Hono } from 'hono/tiny'
import { authenticate } from './auth/authenticate.ts'
import { tokenPlaceAt } from './auth/session.ts'
import { readConfig, requireBindings } from './config.ts'
import { dialectOfPath, findEndpoint } from './dashscope/endpoints.ts'
import { SOCKET_ENDPOINTS } from './dashscope/socket-endpoints.ts'
import { acceptsHtml } from './edge/console.ts'
import { edge, isForPages } from './edge/router.ts'
import { asGatewayError } from './errors.ts'
import { readHeaderMap } from './lib/header-map.ts'
import { assertOwnership } from './ownership/ownership.ts'
import { originsOfKey } from './policy/origins.ts'
import { meantPath } from './proxy/base-url-advice.ts'
import { createsBatch, respondWithBatch } from './proxy/batch/create-batch.ts'
import { corsForAllowedOrigin, corsForKnownOrigin, preflight } from './proxy/cors.ts'
import {
  type AppEnv,
  beginExchange,
  type EdgeContext,
  type Exchange,
  keptAlive,
  noteRequest,
  timed,
} from './proxy/exchange.ts'
import { respondOnAccount } from './proxy/handler.ts'
import { asksForJob, jobOptionsOf, respondAsJob } from './proxy/job.ts'
import { logError } from './proxy/log.ts'
import { countRefusal } from './proxy/logged-request.ts'
import { readCall } from './proxy/read-request.ts'
import { respondError } from './proxy/respond.ts'
import { nothingAt, requireEndpoint } from './proxy/route.ts'
import { readUnreadBody } from './proxy/unread-body.ts'
import { openSocket } from './realtime/handler.ts'
import { readTranslated } from './translate/translate.ts'

/** The credential is checked again after reading a body that took longer than this to arrive. */
const SLOW_BODY_MS = 1000

/** The gateway: its own addresses under `/edge`, and DashScope's for everything else. */
export const app = new Hono<AppEnv>()

/**
 * The addresses under `/edge` have a separate router: Hono's small router tries routes one by one, and requests to
 * DashScope should not wait for the routes of the gateway's own API.
 */
const edgeRouter = new Hono<AppEnv>()
edgeRouter.route('/edge', edge)
edgeRouter.options('*', respondToPreflight)
edgeRouter.all('*', handleCall)
edgeRouter.onError(respondThrown)

app.get('/', toConsole)
app.all('/edge/*', (c) => edgeRouter.fetch(c.req.raw, c.env, c.executionCtx))
app.options('*', respondToPreflight)
for (const endpoint of SOCKET_ENDPOINTS) {
  for (const path of endpoint.paths) app.all(path, (c) => openSocket(c, endpoint, begin(c)))
}
app.all('*', handleCall)
// `OPTIONS *` names no path that a route could match (RFC 9110 section 9.3.7).
app.notFound(handleCall)
app.onError(respondThrown)

/** The response to an error thrown during a request. */
async function respondThrown(thrown: Error, c: EdgeContext): Promise<Response> {
  const exchange = c.get('exchange') ?? begin(c)
  // At an unknown path, use the dialect of the endpoint that the client probably meant.
  exchange.dialect = dialectOfPath(meantPath(exchange.url.pathname))
  const error = asGatewayError(thrown)
  // A caller that has left gets no error, and a request aborted for that reason has not failed.
  if (!c.req.raw.signal.aborted) logError(c.env, exchange, error)
  countRefusal(c, error)
  await readUnreadBody(c.req.raw)
  return respondError(exchange, error)
}

/** Redirects browsers to the console; other clients get the 404 of an unknown path. */
function toConsole(c: EdgeContext): Response | Promise<Response> {
  if (!acceptsHtml(c.req.header('accept'))) return handleCall(c)
  const exchange = begin(c)
  const headers = { location: '/console/', 'x-edge-request-id': exchange.id, vary: 'Accept' }
  return new Response(null, { status: 302, headers })
}

/** Handles one request to DashScope, from its arrival to its response. */
async function handleCall(c: EdgeContext): Promise<Response> {
  const request = c.req.raw
  const exchange = begin(c)
  requireBindings(c.env)
  const config = readConfig(c.env)
  const headers = readHeaderMap(request.headers)
  const origin = headers.get('origin') ?? undefined
  if (origin !== undefined)
    exchange.headers = await corsForKnownOrigin(c.env, config, origin, exchange.url.origin)

  const route = requireEndpoint(request.method, exchange.url.pathname)
  const place = tokenPlaceAt(exchange.url.origin, config)
  const principal = await timed(exchange, 'auth', authenticate(headers, c.env, exchange.startedMs, place))
  exchange.principal = principal
  if (origin !== undefined)
    exchange.headers = corsForAllowedOrigin(
      origin,
      originsOfKey(principal.policy.origins, config.allowedOrigins, exchange.url.origin),
    )

  const makesBatch = createsBatch(route)
  const job =
    asksForJob(headers) && !makesBatch ? jobOptionsOf(headers, exchange.url.origin, config) : undefined
  const recheck = () => authenticate(headers, c.env, Date.now(), place)
  const incoming = { headers, principal, ...route, asJob: job !== undefined, recheck }
  const readAsked = route.endpoint.isTranslated && !job ? readTranslated : readCall
  const call = await readAsked(request, exchange.url, incoming, config)
  // The credential may have expired or been revoked while a slow body was uploaded.
  if (Date.now() - exchange.startedMs > SLOW_BODY_MS) await recheck()
  noteRequest(exchange, call)
  if (makesBatch) return keptAlive(c, respondWithBatch(c, call))
  if (job) return keptAlive(c, respondAsJob(c, await assertOwnership(c.env, call), job))
  return respondOnAccount(c, call)
}

/**
 * Answers a preflight. A script learns only that its request failed; for pages of known origins, the developer tools
 * of the browser show why.
 */
async function respondToPreflight(c: EdgeContext): Promise<Response> {
  const exchange = begin(c)
  const { pathname, origin: gatewayOrigin } = exchange.url
  const config = readConfig(c.env)
  const origin = c.req.header('origin')
  if (origin !== undefined) exchange.headers = await corsForKnownOrigin(c.env, config, origin, gatewayOrigin)
  const method = c.req.header('access-control-request-method') ?? 'GET'
  const isKnown = isForPages(pathname) || findEndpoint(method, pathname).kind !== 'nothing'
  if (!isKnown || origin === undefined) throw nothingAt(c.req.method, pathname)
  const allowed = await preflight(c.env, config, c.req.raw.headers, gatewayOrigin)
  return new Response(null, { status: 204, headers: { ...allowed, 'x-edge-request-id': exchange.id } })
}

function begin(c: EdgeContext): Exchange {
  const exchange = beginExchange(c.req.url, c.req.method)
  c.set('exchange', exchange)
  return exchange
}
