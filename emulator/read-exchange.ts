import type { Exchange } from './exchange.ts'
import { askedFault, type Fault } from './faults.ts'
import { parseObject, textOf } from './json.ts'
import { modelExists } from './models.ts'
import { invalid, type Problem, problem } from './problems.ts'
import type { Route } from './routes.ts'

/**
 * Fills an exchange from path, headers and body, the fault first, so that faults apply even to requests that would be
 * refused. Returns the first problem in DashScope's order, if any.
 */
export function readExchange(exchange: Exchange, method: string, route: Route): Problem | undefined {
  const { headers, raw, url } = exchange
  exchange.parts = (route.path.exec(url.pathname) ?? []).slice(1).map((part) => part ?? '')
  const isText = /^(?:multipart\/|application\/sdp)/.test(headers.get('content-type') ?? '')
  const empty = isText || raw.byteLength === 0
  const body = empty && !route.needsModel ? {} : parseObject(new TextDecoder().decode(raw))
  exchange.body = body ?? {}
  exchange.model = textOf(exchange.body.model) || (url.searchParams.get('model') ?? '')
  exchange.streams = asksForStream(exchange)
  exchange.fault = strike(exchange)
  if (method !== route.method) return invalid(`Request method '${method}' is not supported.`)
  if (body === undefined) return invalid('Required body invalid, please check the request body format.')
  return route.needsModel ? checkModel(exchange) : undefined
}

/** Native endpoints stream by one of two headers; others by `stream` in the body. */
function asksForStream({ body, dialect, headers }: Exchange): boolean {
  if (dialect !== 'native') return body.stream === true
  const asked = headers.get('x-dashscope-sse')?.toLowerCase()
  if (asked !== undefined) return asked === 'enable'
  return /(?:^|,)\s*text\/event-stream/i.test(headers.get('accept') ?? '')
}

/** Applications have no model, so their id may name the fault. A `once-` fault occurs only once per account. */
function strike({ account, headers, model, parts }: Exchange): Fault | undefined {
  const header = headers.get('x-emulator-fault')
  const name = model === '' ? (parts[0] ?? '') : model
  const asked = askedFault(header, name)
  if (asked?.once !== true) return asked?.fault
  if (account.struck.has(header ?? name)) return undefined
  account.struck.add(header ?? name)
  return asked.fault
}

function checkModel({ dialect, model, url }: Exchange): Problem | undefined {
  if (model === '') return problem('BadRequest.EmptyModel')
  if (modelExists(model)) return undefined
  if (dialect !== 'native') {
    return problem('ModelNotFound', `The model ${model} does not exist or you do not have access to it.`)
  }
  // As recorded, generation responds with InvalidParameter, other services with a 404.
  return url.pathname.includes('-generation/') ? invalid('Model not exist.') : problem('ModelNotFound')
}
