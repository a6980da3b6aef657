import { authenticate } from '../auth/authenticate.ts'
import { tokenPlaceAt } from '../auth/session.ts'
import { type Config, readConfig } from '../config.ts'
import { namedIdsIn } from '../dashscope/request/named-ids.ts'
import type { SocketEndpoint } from '../dashscope/socket-endpoints.ts'
import { asGatewayError, GatewayError } from '../errors.ts'
import { type HeaderMap, readHeaderMap } from '../lib/header-map.ts'
import { MeterClient } from '../meter/client.ts'
import { meterNamespace } from '../meter/meters.ts'
import { requireNamed, targetsOfHomes } from '../ownership/ownership.ts'
import type { Principal } from '../policy/key-record.ts'
import { originsOfKey, refuseForeignOrigin } from '../policy/origins.ts'
import { allowEndpoint, allowWorkspace } from '../policy/policy.ts'
import { asksForBatchChat } from '../proxy/batch/batch-chat.ts'
import { type EdgeContext, type Exchange, timed } from '../proxy/exchange.ts'
import { logError, logLost, logSocket } from '../proxy/log.ts'
import { countRefusal } from '../proxy/logged-request.ts'
import { selectTargets } from '../upstream/select.ts'
import type { SocketContext } from './context.ts'
import { ConversationSession } from './conversation-session.ts'
import { countSocket } from './open-sockets.ts'
import { socketErrorOf } from './refusal.ts'
import { refuseInBand } from './refuse-in-band.ts'
import { readSubprotocols, type Subprotocols } from './subprotocol.ts'
import { TaskSession } from './task-session.ts'

/** The result of authentication: the caller, or the error that refuses it. */
type Caller = { kind: 'allowed'; principal: Principal } | { kind: 'refused'; error: GatewayError }

/** The result of admission: a caller that may connect, whose socket is counted until `ended` is called, or a refusal. */
type Connection =
  | { kind: 'allowed'; principal: Principal; ended: () => void }
  | (Caller & { kind: 'refused' })

/**
 * Handles a request at one of the two WebSocket URLs. Unauthenticated callers are refused by HTTP. All other refusals
 * are sent in-band: pages cannot read a refused upgrade, and most SDKs hide it or hang.
 *
 * @throws GatewayError `wrongMethod`, `upgradeRequired` without an upgrade, `unauthenticated` and others for callers
 *   that send their credential in a header.
 */
export async function openSocket(
  c: EdgeContext,
  endpoint: SocketEndpoint,
  exchange: Exchange,
): Promise<Response> {
  if (c.req.method !== 'GET') {
    throw new GatewayError(
      'wrongMethod',
      `${c.req.method} is not allowed here. Use GET with a WebSocket upgrade.`,
      {
        headers: { allow: 'GET' },
      },
    )
  }
  const headers = readHeaderMap(c.req.raw.headers)
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    throw new GatewayError(
      'upgradeRequired',
      'This URL is a WebSocket API. Connect with a WebSocket client.',
      {
        headers: { upgrade: 'websocket', connection: 'upgrade' },
      },
    )
  }
  const config = readConfig(c.env)
  const subprotocols = readSubprotocols(headers.get('sec-websocket-protocol') ?? undefined)
  const credentialed = withCredential(headers, subprotocols)
  const caller = await identify(c, exchange, credentialed, config, subprotocols)
  if (caller.kind === 'allowed') exchange.principal = caller.principal
  const allowed =
    caller.kind === 'allowed'
      ? allowConnection(caller.principal, headers, endpoint, exchange, config)
      : caller
  const { 0: client, 1: server } = new WebSocketPair()
  if (allowed.kind === 'refused') {
    logError(c.env, exchange, allowed.error)
    countRefusal(c, allowed.error)
    c.executionCtx.waitUntil(
      refuseInBand(server, endpoint, socketErrorOf(allowed.error, exchange.id), exchange.id),
    )
  } else {
    const context = contextFor(c, endpoint, headers, credentialed, allowed.principal, config)
    const session =
      endpoint.name === 'inference'
        ? new TaskSession(context, server)
        : new ConversationSession(context, server, modelIn(exchange.url))
    // Otherwise the runtime would drop the session's work as soon as the caller has closed the socket.
    c.executionCtx.waitUntil(session.ended.then(allowed.ended))
  }
  return new Response(null, {
    status: 101,
    webSocket: client,
    headers: handshakeHeaders(exchange, subprotocols),
  })
}

/** The model in the URL; undefined if there is none or several. */
function modelIn(url: URL): string | undefined {
  const models = url.searchParams.getAll('model')
  return models.length === 1 && models[0] !== '' ? models[0] : undefined
}

/** A page sends its session token as a subprotocol; it is moved to a header and then treated like any other credential. */
function withCredential(headers: HeaderMap, { credential }: Subprotocols): HeaderMap {
  if (credential === undefined) return headers
  const existing = headers.get('authorization')
  const bearer = `Bearer ${credential}`
  const fields = new Map(headers)
  fields.set('authorization', existing ? `${existing}, ${bearer}` : bearer)
  return fields
}

async function identify(
  c: EdgeContext,
  exchange: Exchange,
  headers: HeaderMap,
  config: Config,
  subprotocols: Subprotocols,
): Promise<Caller> {
  try {
    if (subprotocols.isCredentialOnly || subprotocols.isAmbiguous) {
      throw new GatewayError(
        'invalid',
        'Sec-WebSocket-Protocol: offer "realtime" first and then exactly one "openai-insecure-api-key.<token>".',
      )
    }
    const place = tokenPlaceAt(exchange.url.origin, config)
    const principal = await timed(exchange, 'auth', authenticate(headers, c.env, exchange.startedMs, place))
    return { kind: 'allowed', principal }
  } catch (thrown) {
    const error = asGatewayError(thrown)
    // A caller with a valid key at a foreign IP address is known.
    const isKnown = error.reason === 'denied'
    const isInHeader = subprotocols.credential === undefined || subprotocols.isCredentialOnly
    if (isInHeader && !isKnown) throw error
    return { kind: 'refused', error }
  }
}

/** Checks whether an authenticated caller may connect from its origin; SDKs send the gateway's own origin. */
function allowConnection(
  principal: Principal,
  headers: HeaderMap,
  endpoint: SocketEndpoint,
  exchange: Exchange,
  config: Config,
): Connection {
  try {
    const { policy } = principal
    const origins = originsOfKey(policy.origins, config.allowedOrigins, exchange.url.origin)
    refuseForeignOrigin(headers.get('origin') ?? null, [...origins, exchange.url.origin])
    allowEndpoint(policy, endpoint.name)
    asksForBatchChat({ headers, endpoint, stream: true, asJob: false }, config)
    allowWorkspace(policy, headers, undefined)
    return { kind: 'allowed', principal, ended: countSocket(principal.keyId) }
  } catch (thrown) {
    return { kind: 'refused', error: asGatewayError(thrown) }
  }
}

function contextFor(
  c: EdgeContext,
  endpoint: SocketEndpoint,
  headers: HeaderMap,
  credentialed: HeaderMap,
  principal: Principal,
  config: Config,
): SocketContext {
  const exchange = c.get('exchange')
  const keepAlive = (work: Promise<unknown>) => c.executionCtx.waitUntil(work)
  return {
    requestId: exchange.id,
    endpoint,
    headers,
    principal,
    rules: {
      policy: principal.policy,
      frozen: principal.token?.frozen,
      isSession: principal.token !== undefined,
    },
    config,
    meter: new MeterClient({
      meters: meterNamespace(c.env),
      keepAlive,
      calendar: config.calendar,
      logSize: config.requestLog,
      lost: logLost,
    }),
    targetsFor: (model) => {
      const { policy } = principal
      const asked = { policy, endpoint: { isAccountBound: false }, model, headers, stream: true }
      return selectTargets(asked, config, c.req.raw)
    },
    requireOwn: async (body) => {
      const named = namedIdsIn(body, { dialect: 'native' })
      const homes = await requireNamed(c.env, principal, named)
      return targetsOfHomes(homes, principal, config)
    },
    recheck: async (nowMs) => {
      await authenticate(credentialed, c.env, nowMs, tokenPlaceAt(exchange.url.origin, config))
    },
    refused: (error) => {
      logError(c.env, exchange, error)
      countRefusal(c, error)
    },
    log: (ended) => logSocket(c.env, exchange, endpoint.name, ended),
  }
}

/**
 * The headers of the 101: exactly one of the offered subprotocols and never the credential. An unknown extension
 * makes workerd turn off compression, which costs more than it saves for audio.
 */
function handshakeHeaders({ id }: Exchange, { echo }: Subprotocols): Record<string, string> {
  return {
    'x-edge-request-id': id,
    'sec-websocket-extensions': 'none',
    ...(echo !== undefined && { 'sec-websocket-protocol': echo }),
  }
}
