import { accountOf, credentialOf, refuseCredential } from './accounts.ts'
import { keepCall, openCall } from './calls.ts'
import { control } from './control.ts'
import { respondEncrypted } from './encryption.ts'
import type { Exchange } from './exchange.ts'
import { misbehave } from './misbehave.ts'
import { watchCaller } from './play.ts'
import { problem } from './problems.ts'
import { readExchange } from './read-exchange.ts'
import { socket } from './realtime/socket.ts'
import { type Manner, refuse, respond } from './respond.ts'
import { dialectOf, routesAt } from './routes.ts'

const PLAIN: Manner = { headers: 'management', refusesInStream: false }

export default {
  /** Answers one request as DashScope would; paths under `/emulator/` belong to the emulator. */
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    if (url.pathname.startsWith('/emulator/')) return control(request, url)
    if (url.pathname.startsWith('/api-ws/')) return socket(request, url)
    const dialect = dialectOf(url.pathname)
    const credential = credentialOf(request.headers, url, dialect)
    const exchange: Exchange = {
      url,
      headers: request.headers,
      parts: [],
      raw: new Uint8Array(await request.arrayBuffer()),
      body: {},
      model: '',
      dialect,
      streams: false,
      account: accountOf(credential),
      requestId: crypto.randomUUID(),
      fault: undefined,
      now: Date.now(),
    }
    const call = openCall(request, url, exchange.requestId, exchange.now, exchange.raw)
    keepCall(exchange.account.calls, call)
    watchCaller(request.signal, call)
    const routes = routesAt(url.pathname)
    const route = routes.find(({ method }) => method === request.method) ?? routes[0]
    const manner = route?.manner ?? PLAIN
    const stranger = refuseCredential(credential, dialect)
    if (stranger !== undefined) return refuse(exchange, stranger, manner, call)
    if (route === undefined) return refuse(exchange, problem('NotFound'), manner, call)
    const refusal = readExchange(exchange, request.method, route)
    call.model = exchange.model || (exchange.parts[0] ?? '')
    const instead = await misbehave(exchange, manner, call)
    if (instead !== undefined) return instead
    return respond(exchange, refusal ?? (await respondEncrypted(exchange, route.endpoint)), manner, call)
  },
}
