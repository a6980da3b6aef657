import { Hono } from 'hono/tiny'
import { authorizeOperator } from '../auth/operator-session.ts'
import { readConfig } from '../config.ts'
import { corsForKnownOrigin } from '../proxy/cors.ts'
import { type AppEnv, beginExchange } from '../proxy/exchange.ts'
import type { Address } from './address.ts'
import { getErrors } from './errors.ts'
import { explain } from './explain/explain.ts'
import { getHealth } from './health/health.ts'
import { HOOK_ADDRESSES } from './hooks/addresses.ts'
import { JOB_ADDRESSES } from './jobs/addresses.ts'
import {
  createClientKey,
  listClientKeys,
  patchClientKey,
  purgeCache,
  revokeClientKey,
  showClientKey,
} from './keys.ts'
import { getLatency } from './latency.ts'
import { getMe, getPrices } from './me.ts'
import { wrongMethod } from './method-not-allowed.ts'
import { getMetrics } from './metrics.ts'
import { listRequests, showRequest } from './requests.ts'
import { createSession, deleteSession } from './session.ts'
import { mintToken } from './tokens.ts'
import { postUpload } from './uploads.ts'
import { getUsage } from './usage.ts'

/** The gateway's own HTTP API. A new endpoint is one line here and one file with its handlers. */
const ADDRESSES: readonly Address[] = [
  { path: '/health', access: 'handler', methods: { GET: getHealth } },
  { path: '/session', access: 'handler', methods: { POST: createSession, DELETE: deleteSession } },
  { path: '/keys', access: 'operator', methods: { GET: listClientKeys, POST: createClientKey } },
  {
    path: '/keys/:id',
    access: 'operator',
    methods: { GET: showClientKey, PATCH: patchClientKey, DELETE: revokeClientKey },
  },
  { path: '/cache', access: 'operator', methods: { DELETE: purgeCache } },
  { path: '/tokens', access: 'handler', forPages: true, methods: { POST: mintToken } },
  { path: '/me', access: 'handler', forPages: true, methods: { GET: getMe } },
  { path: '/explain', access: 'handler', methods: { POST: explain } },
  { path: '/uploads', access: 'handler', forPages: true, methods: { POST: postUpload } },
  { path: '/usage', access: 'handler', methods: { GET: getUsage } },
  { path: '/latency', access: 'handler', methods: { GET: getLatency } },
  { path: '/errors', access: 'handler', methods: { GET: getErrors } },
  { path: '/requests', access: 'handler', methods: { GET: listRequests } },
  { path: '/requests/:id', access: 'handler', methods: { GET: showRequest } },
  { path: '/metrics', access: 'operator', methods: { GET: getMetrics } },
  { path: '/prices', access: 'handler', forPages: true, methods: { GET: getPrices } },
  ...JOB_ADDRESSES,
  ...HOOK_ADDRESSES,
]

const PAGE_PATHS = ADDRESSES.filter(({ forPages }) => forPages).map(({ path }) => `/edge${path}`)

/** Whether pages of other origins may call one of these paths, so that its preflights are answered. */
export function isForPages(path: string): boolean {
  return PAGE_PATHS.includes(path)
}

/** The router for `/edge`. Errors are thrown as GatewayError. */
export const edge = new Hono<AppEnv>()

edge.use('*', async (c, next) => {
  const exchange = beginExchange(c.req.url, c.req.method)
  c.set('exchange', exchange)
  const origin = c.req.header('origin')
  if (origin !== undefined && isForPages(exchange.url.pathname)) {
    exchange.headers = await corsForKnownOrigin(c.env, readConfig(c.env), origin, exchange.url.origin)
  }
  await next()
  // Set for unknown paths too, which have no handler.
  const { id, headers } = c.get('exchange')
  const always = { 'cache-control': 'no-store', 'x-edge-request-id': id, ...headers }
  for (const [name, value] of Object.entries(always)) c.header(name, value)
})

for (const { path, access, forPages, methods } of ADDRESSES) {
  if (access === 'operator') {
    edge.use(path, async (c, next) => {
      await authorizeOperator(c.req.raw, c.env, c.get('exchange').startedMs)
      await next()
    })
  }
  for (const [method, handler] of Object.entries(methods)) edge.on(method, path, handler)
  edge.all(path, wrongMethod(allowedMethods(Object.keys(methods), forPages)))
}

/** The methods in `Allow`; GET includes HEAD. */
function allowedMethods(methods: readonly string[], forPages: boolean | undefined): string {
  const allowed = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return [...allowed, ...(forPages ? ['OPTIONS'] : [])].join(', ')
}
