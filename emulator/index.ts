import { accountOf, credentialOf, refuseCredential } from './accounts.ts'
import { keepCall, openCall, showCalls } from './calls.ts'
import type { Exchange } from './exchange.ts'
import { askedFault, type Fault } from './faults.ts'
import { parseObject, textOf } from './json.ts'
import { misbehave } from './misbehave.ts'
import { modelExists } from './models.ts'
import { watchCaller } from './play.ts'
import { invalid, type Problem, problem } from './problems.ts'
import { type Manner, refuse, respond } from './respond.ts'
import { dialectOf, ROUTES, type Route } from './routes.ts'

const PLAIN: Manner = { headers: 'management', refusesInStream: false }

export default {
  /** Answers one request as DashScope would; `/emulator/calls` shows and empties the caller's log. */
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    if (url.pathname === '/emulator/calls') return callLog(request, url)
    const dialect = dialectOf(url.pathname)
    const credential = credentialOf(request.headers, url, dialect)
    const account = accountOf(credential)
    const raw = new Uint8Array(await request.arrayBuffer())
    const exchange: Exchange = {
      url,
      headers: request.headers,
      parts: [],
      raw,
      body: {},
      model: '',
      dialect,
      streams: false,
      account,
      requestId: crypto.randomUUID(),
      fault: undefined,
      now: Date.now(),
    }
    const call = openCall(request, url, exchange.requestId, raw)
    keepCall(account.calls, call)
    watchCaller(request.signal, call)
    const route = ROUTES.find(({ path }) => path.test(url.pathname))
    const manner = route?.manner ?? PLAIN
    const stranger = refuseCredential(credential, dialect)
    if (stranger !== undefined) return refuse(exchange, stranger, manner, call)
    if (route === undefined) return refuse(exchange, problem('NotFound'), manner, call)
    const refusal = read(exchange, request, url.pathname)
    const instead = await misbehave(exchange, manner, call)
    if (instead !== undefined) return instead
    if (refusal !== undefined) return respond(exchange, refusal, manner, call)
    const chosen = ROUTES.find(({ method, path }) => method === request.method && path.test(url.pathname))
    const answer = await (chosen ?? route).endpoint(exchange)
    return respond(exchange, answer, manner, call)
  },
}

/** Fills the exchange from path, headers and body, as far as they can be read; returns the first complaint. */
function read(exchange: Exchange, request: Request, path: string): Problem | undefined {
  const candidates = ROUTES.filter((route) => route.path.test(path))
  const route = candidates.find(({ method }) => method === request.method)
  if (route === undefined) return invalid(`Request method '${request.method}' is not supported.`)
  exchange.parts = (route.path.exec(path) ?? []).slice(1).map((part) => part ?? '')
  const multipart = (request.headers.get('content-type') ?? '').startsWith('multipart/')
  const body =
    multipart || exchange.raw.byteLength === 0 ? {} : parseObject(new TextDecoder().decode(exchange.raw))
  exchange.body = body ?? {}
  exchange.model = textOf(exchange.body.model) || (exchange.url.searchParams.get('model') ?? '')
  exchange.streams = asksForStream(exchange)
  exchange.fault = strike(
    exchange,
    request.headers.get('x-emulator-fault'),
    exchange.model || exchange.parts[0] || '',
  )
  if (body === undefined) return invalid('Required body invalid, please check the request body format.')
  return route.needsModel ? checkModel(exchange, route) : undefined
}

/** Native endpoints stream on a header, either of two; the others on `stream` in the body. */
function asksForStream({ body, dialect, headers }: Exchange): boolean {
  if (dialect !== 'native') return body.stream === true
  const asked = headers.get('x-dashscope-sse')?.toLowerCase()
  if (asked !== undefined) return asked === 'enable'
  return /(?:^|,)\s*text\/event-stream/i.test(headers.get('accept') ?? '')
}

/** A `once-` fault strikes an account the first time only. */
function strike({ account }: Exchange, header: string | null, model: string): Fault | undefined {
  const asked = askedFault(header, model)
  if (asked === undefined || !asked.once) return asked?.fault
  const name = header ?? model
  if (account.struck.has(name)) return undefined
  account.struck.add(name)
  return asked.fault
}

function checkModel({ dialect, model }: Exchange, { path }: Route): Problem | undefined {
  if (model === '') return problem('BadRequest.EmptyModel')
  if (modelExists(model)) return undefined
  if (dialect !== 'native') {
    return problem('ModelNotFound', `The model ${model} does not exist or you do not have access to it.`)
  }
  return path.source.includes('generation') ? invalid('Model not exist.') : problem('ModelNotFound')
}

function callLog(request: Request, url: URL): Response {
  const { calls } = accountOf(credentialOf(request.headers, url, 'native'))
  if (request.method !== 'DELETE') return Response.json(showCalls(calls))
  calls.length = 0
  return new Response(null, { status: 204 })
}
