import { readConfig } from '../config.ts'
import { NO_USAGE } from '../dashscope/usage.ts'
import { type GatewayError, nativeCode } from '../errors.ts'
import { MeterClient } from '../meter/client.ts'
import { describeRow } from '../meter/describe-row.ts'
import { type KeptRequest, keptText } from '../meter/kept-request.ts'
import { meterNamespace } from '../meter/meters.ts'
import type { LoggedAttempt, RequestRow } from '../meter/request-row.ts'
import type { DescribedResponse, SettledRequest } from '../meter/settler.ts'
import { usageName } from '../meter/usage-sum.ts'
import type { Attempt } from '../upstream/attempt.ts'
import { type EdgeContext, type Exchange, loggedStatus } from './exchange.ts'
import { logLost } from './log.ts'
import type { ProxyRequest } from './proxy-request.ts'

/** Statuses of refusals of callers with a valid key that are counted. */
const COUNTED = [400, 403, 429]

/**
 * Describes a response for the counts and the request log: names and numbers, and the body and the response only if the
 * operator and the key want them kept.
 */
export function describeResponse(
  exchange: Exchange,
  call: ProxyRequest,
  settled: SettledRequest,
): DescribedResponse {
  const { principal, endpoint, stream, config } = call
  const { ending, model, usage, money, saved, error } = settled
  const { startedMs, attempts } = exchange
  const status = loggedStatus(exchange, ending)
  const firstMs = exchange.response.atMs && exchange.response.atMs - startedMs
  const totalMs = Date.now() - startedMs
  const named = ending === 'left' ? {} : errorNames(settled.code ?? upstreamCode(status, attempts), error)
  const response = { status, ...named, ...(firstMs !== undefined && !error && { firstMs }), totalMs }
  if (config.requestLog === 0) return { response }
  const cache = exchange.response.cache
  const region = attempts.at(-1)?.region
  const row: RequestRow = {
    ...describeRow({
      id: exchange.id,
      principal,
      startedMs,
      totalMs,
      model,
      endpoint: endpoint.name,
      ...(region !== undefined && { region }),
      status,
      ending,
      ...named,
      used: { usage, money },
    }),
    ...(call.model !== model && { asked: usageName(call.model) }),
    ...(stream && { stream }),
    ...(cache && { cache }),
    ...(response.firstMs !== undefined && { first_ms: response.firstMs }),
    ...(saved && { saved_money: saved.money }),
    ...(attempts.length > 0 && { attempts: attempts.map(logged) }),
  }
  const kept = keptOf(call, settled, { id: exchange.id, atMs: startedMs + totalMs })
  return { response, row, ...(kept && { kept }) }
}

/** What is kept of a request; of a stream that DashScope sent, the gateway has only the end. */
function keptOf(
  { keptBody, stream }: ProxyRequest,
  { response, ending }: SettledRequest,
  named: Pick<KeptRequest, 'id' | 'atMs'>,
): KeptRequest | undefined {
  if (!keptBody) return undefined
  const text = response && keptText(response(), stream && ending !== 'cached' ? 'end' : 'beginning')
  return { ...named, body: keptBody, ...(text && { answer: text }) }
}

/**
 * Counts a refusal of an authenticated caller before its request had an account: an invalid request, one that the
 * policy does not allow, or one that exceeds a limit. Requests without a valid credential are not counted, so that
 * strangers cannot cause writes.
 */
export function countRefusal(c: EdgeContext, error: GatewayError): void {
  const exchange = c.get('exchange')
  const { principal, startedMs } = exchange
  if (!principal || principal.policy.metered === false || !COUNTED.includes(error.status)) return
  const { requestLog, calendar } = readConfig(c.env)
  const nowMs = Date.now()
  const named = { status: error.status, ...errorNames(undefined, error) }
  const totalMs = nowMs - startedMs
  const { id, model } = exchange
  const row = describeRow({ id, principal, startedMs, totalMs, model, ...named, ending: 'refused' })
  const meter = new MeterClient({
    meters: meterNamespace(c.env),
    keepAlive: (work) => c.executionCtx.waitUntil(work),
    calendar,
    logSize: requestLog,
    lost: logLost,
  })
  meter.settle(principal, {
    startedMs,
    nowMs,
    model,
    user: principal.user ?? '',
    ending: 'refused',
    usage: NO_USAGE,
    money: 0,
    response: { ...named, totalMs },
    ...(requestLog > 0 && { row }),
  })
}

function errorNames(
  code: string | undefined,
  error: GatewayError | undefined,
): { code?: string; reason?: string } {
  if (error) return { code: code ?? nativeCode(error.reason), reason: error.reason }
  return code === undefined ? {} : { code }
}

/** DashScope's code of a relayed error. */
function upstreamCode(status: number, attempts: readonly Attempt[]): string | undefined {
  return status >= 400 ? attempts.at(-1)?.code : undefined
}

function logged({ region, status, code, milliseconds }: Attempt): LoggedAttempt {
  return { region, status, ...(code !== undefined && { code }), ms: milliseconds }
}
