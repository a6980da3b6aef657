import type { Call } from './calls.ts'
import { errorFrame } from './dialects.ts'
import type { Exchange } from './exchange.ts'
import { play, stall } from './play.ts'
import { invalid, problem, problemByStatus } from './problems.ts'
import { frameAct, type Manner, refuse, send } from './respond.ts'

/** The target of the `redirect` fault: another host, reserved so that it never exists (RFC 2606). */
const ELSEWHERE = 'https://elsewhere.invalid/'

/**
 * The Response of a fault that replaces the whole response; undefined if the endpoint runs first. Waits if the fault
 * is a delay.
 */
export async function misbehave(
  exchange: Exchange,
  manner: Manner,
  call: Call,
): Promise<Response | undefined> {
  const { dialect, fault, requestId, streams } = exchange
  switch (fault?.name) {
    case 'slow':
      await scheduler.wait(fault.milliseconds)
      return undefined
    case 'status': {
      const refusal = problem(fault.code, undefined, fault.status)
      const retry =
        fault.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: fault.retryAfterSeconds }
      return refuse(exchange, { ...refusal, ...retry }, manner, call)
    }
    case 'first-event':
    case 'mid-stream':
      return streams
        ? undefined
        : refuse(exchange, problem(fault.code, undefined, fault.status), manner, call)
    case 'sse-error': {
      const text = errorFrame(dialect, problemByStatus(fault.status), requestId, 1)
      const type = fault.labelledJson ? 'application/json' : 'text/event-stream;charset=UTF-8'
      return send(exchange, manner, call, fault.status, type, [frameAct(text)])
    }
    case 'empty':
      return send(exchange, manner, call, 200, 'text/event-stream;charset=UTF-8', [])
    case 'html':
      return page(call, 502, '<html><body><h1>502 Bad Gateway</h1></body></html>')
    case 'nonsense':
      return page(call, 200, '<html><body>Welcome to a captive portal.</body></html>')
    case 'platform':
      return text(call, fault.status, `error code: ${fault.status}`)
    case 'bodiless':
      return text(call, fault.status, '')
    case 'redirect':
      call.status = 302
      call.outcome = 'answered'
      return new Response(null, { status: 302, headers: { location: ELSEWHERE, server: 'istio-envoy' } })
    case 'stall':
      await stall()
      return new Response(null, { status: 504 })
    case 'unknown':
      return refuse(exchange, invalid(unknownFault(fault.asked)), manner, call)
    default:
      return undefined
  }
}

function page(call: Call, status: number, html: string): Response {
  call.status = status
  const body = play([frameAct(html)], call)
  return new Response(body, { status, headers: { 'content-type': 'text/html', server: 'istio-envoy' } })
}

/** The response of Cloudflare's `fetch` if the origin fails (520 to 527, 530), and of a proxy without a body. */
function text(call: Call, status: number, body: string): Response {
  call.status = status
  call.outcome = 'answered'
  return new Response(body, { status, headers: { 'content-type': 'text/plain; charset=UTF-8' } })
}

function unknownFault(asked: string): string {
  return `The emulator has no fault "${asked}". emulator/README.md lists the names.`
}
