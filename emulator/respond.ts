import type { Call } from './calls.ts'
import { errorBody, errorFrame } from './dialects.ts'
import type { EmulatorResponse, Exchange } from './exchange.ts'
import { type HeaderSet, serverHeaders } from './headers.ts'
import { play } from './play.ts'
import type { Problem } from './problems.ts'
import { type Act, scriptBody, scriptStream } from './script.ts'

const EVENT_STREAM = 'text/event-stream;charset=UTF-8'
const JSON_TYPE = 'application/json'

/**
 * How an endpoint's responses are sent: its headers, and whether errors of a stream are sent as an event (HTTP 200).
 */
export interface Manner {
  headers: HeaderSet
  refusesInStream: boolean
}

/** Builds the Response for an answer, including the requested fault. */
export function respond(
  exchange: Exchange,
  response: EmulatorResponse,
  manner: Manner,
  call: Call,
): Response {
  const { dialect, fault, requestId, streams } = exchange
  if (response.kind === 'problem') {
    return streams && dialect === 'native' && manner.refusesInStream
      ? send(exchange, manner, call, 200, EVENT_STREAM, [
          frameAct(errorFrame(dialect, response, requestId, 1)),
        ])
      : refuse(exchange, response, manner, call)
  }
  if (response.kind === 'bytes') {
    const acts: Act[] = [{ kind: 'write', bytes: response.bytes, frame: false, usage: undefined }]
    return send(exchange, manner, call, 200, response.contentType, acts)
  }
  if (response.kind === 'json') {
    call.usage = response.usage
    const text = JSON.stringify(response.body)
    const sized = fault?.name === 'large-answer' ? padded(text, fault.bytes) : text
    const acts = scriptBody(sized, fault)
    return marked(response, send(exchange, manner, call, response.status ?? 200, JSON_TYPE, acts))
  }
  const acts = scriptStream(response.frames, fault, dialect, requestId)
  return marked(response, send(exchange, manner, call, 200, EVENT_STREAM, acts))
}

/** The Java SDK checks only whether the header exists; its value is not documented. */
function marked({ outputEncrypted }: { outputEncrypted?: boolean }, response: Response): Response {
  if (outputEncrypted === true) response.headers.set('x-dashscope-outputencrypted', 'true')
  return response
}

/** A problem as plain JSON with its status, in the dialect of the path. */
export function refuse(exchange: Exchange, problem: Problem, manner: Manner, call: Call): Response {
  const text = JSON.stringify(errorBody(exchange.dialect, problem, exchange.requestId))
  const response = send(exchange, manner, call, problem.status, JSON_TYPE, scriptBody(text, undefined))
  if (problem.retryAfterSeconds !== undefined) {
    response.headers.set('retry-after', String(problem.retryAfterSeconds))
  }
  return response
}

/** A Response with DashScope's headers and a body that plays acts. */
export function send(
  { account, fault, now, requestId, streams }: Exchange,
  manner: Manner,
  call: Call,
  status: number,
  contentType: string,
  acts: Act[],
): Response {
  const headers = serverHeaders(manner.headers, account, requestId, now, Date.now(), !streams)
  headers.set('content-type', contentType)
  // With this header, the runtime compresses the body and flushes after every write.
  if (fault?.name === 'gzip') headers.set('content-encoding', 'gzip')
  if (fault?.name === 'partial') headers.set('x-dashscope-partialresponse', 'true')
  call.status = status
  return new Response(play(acts, call), { status, headers })
}

/** The act that sends an event. */
export function frameAct(text: string): Act {
  return { kind: 'write', bytes: new TextEncoder().encode(text), frame: true, usage: undefined }
}

/** Pads a JSON object to a size in bytes with an additional member. */
function padded(text: string, bytes: number): string {
  const open = `${text.slice(0, -1)},"padding":"`
  const missing = bytes - new TextEncoder().encode(open).byteLength - '"}'.length
  return `${open}${'x'.repeat(Math.max(0, missing))}"}`
}
