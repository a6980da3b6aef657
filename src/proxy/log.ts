import type { Env } from '../config.ts'
import { NANOS } from '../dashscope/prices.ts'
import { NO_USAGE, type Usage } from '../dashscope/usage.ts'
import type { GatewayError } from '../errors.ts'
import { textOf } from '../lib/json/utf8.ts'
import { maskCredentials } from '../lib/mask.ts'
import type { Loss } from '../meter/meters.ts'
import type { Ending } from '../meter/settlement.ts'
import type { SettledRequest } from '../meter/settler.ts'
import { usageName } from '../meter/usage-sum.ts'
import { type Exchange, loggedStatus } from './exchange.ts'
import type { ProxyRequest } from './proxy-request.ts'

/**
 * Maximum characters of a logged body, if the operator enabled logging of bodies; Workers Logs allow 256 kB per line.
 */
const MAX_LOGGED_BODY_CHARACTERS = 16_384

/** Maximum characters of a logged path, field name or cause, whose length callers determine. */
const MAX_LOGGED_TEXT_CHARACTERS = 300

/** The logged facts of a request. Money in nanos. */
interface Facts {
  key: string
  user: string
  endpoint: string
  model: string
  status: number
  ending: string
  cache: string
  usage: Usage
  money: number | undefined
}

/**
 * Writes the log line of a request with an account, and a data point to Analytics Engine if a dataset is bound: names
 * and numbers, never a credential or an IP address, and no prompts or responses unless the operator enabled logging
 * of bodies.
 */
export function logSettled(env: Env, exchange: Exchange, call: ProxyRequest, settled: SettledRequest): void {
  const { endpoint, config } = call
  const { ending, model, usage, money, saved, response, error, code } = settled
  const { cache } = exchange.response
  const status = loggedStatus(exchange, ending)
  const facts = { ...callerOf(exchange), endpoint: endpoint.name, model, status, ending, cache, usage, money }
  const bodies = config.logBodies ? { body: excerpt(call.bytes), answer: excerpt(response?.()) } : {}
  // A call that was aborted because the caller left did not fail.
  const reasons = error && ending !== 'left' ? reasonsOf(error) : {}
  write(env, exchange, facts, {
    currency: config.billing.currency,
    ...(saved && { saved: { ...saved, money: saved.money / NANOS } }),
    ...(code !== undefined && { code }),
    ...reasons,
    ...bodies,
  })
}

/**
 * Writes the log line and data point of a request that failed before it had an account: the reason of a refusal, or
 * the cause of a failure.
 */
export function logError(env: Env, exchange: Exchange, error: GatewayError): void {
  const facts = {
    ...callerOf(exchange),
    endpoint: '',
    model: '',
    status: error.status,
    ending: error.status < 500 ? 'refused' : 'broken',
    cache: '',
    usage: NO_USAGE,
    money: 0,
  }
  write(env, exchange, facts, {
    path: exchange.url.pathname.slice(0, MAX_LOGGED_TEXT_CHARACTERS),
    ...reasonsOf(error),
  })
}

/** The end of a task or session on a WebSocket, for its log line. */
export interface EndedSocket {
  ending: Ending
  model: string
  target: { region: string }
  usage: Partial<Usage>
  money: number | undefined
  /** The currency of `money`. */
  currency: string
  slices: number
  /** The code of the error that ended it. */
  code: string | undefined
  taskId: string | undefined
  framesUp: number
  framesDown: number
  audioInSeconds: number
  audioOutBytes: number
  /** Text frames, if LOG_BODIES is on. */
  excerpts: { body: string; answer: string } | undefined
  startedMs: number
}

/** Writes the log line and data point of a task or session on a WebSocket: counts and units, text only if bodies are logged. */
export function logSocket(env: Env, exchange: Exchange, endpoint: string, ended: EndedSocket): void {
  const { ending, model, target, money, slices, taskId, startedMs } = ended
  const usage = { ...NO_USAGE, ...ended.usage }
  const facts = { ...callerOf(exchange), endpoint, model, status: 101, ending, cache: '', usage, money }
  const socket = {
    currency: ended.currency,
    slices,
    region: target.region,
    frames_up: ended.framesUp,
    frames_down: ended.framesDown,
    // Counters that are 0 are omitted.
    ...(ended.audioInSeconds > 0 && { audio_in_seconds: Number(ended.audioInSeconds.toFixed(1)) }),
    ...(ended.audioOutBytes > 0 && { audio_out_bytes: Math.round(ended.audioOutBytes) }),
  }
  write(env, { ...exchange, startedMs }, facts, {
    ...socket,
    ...(ended.excerpts && {
      body: maskCredentials(ended.excerpts.body),
      answer: maskCredentials(ended.excerpts.answer),
    }),
    ...(taskId !== undefined && { task_id: taskId }),
    ...(ended.code !== undefined && { code: ended.code }),
  })
}

/** Logs usage that is missing in the report of a key because its meter failed. */
export function logLost(keyId: string, lost: Loss, cause: unknown): void {
  const message = 'The meter of this key did not record usage, which is missing in its report.'
  console.error(JSON.stringify({ key: keyId, ...lost, message, cause: causeOf(cause) }))
}

/**
 * Writes one line of JSON: Workers Logs index its fields, and a terminal shows it as one line. Counters that are 0
 * are left out. Money is in the currency given in the line; the line of a request without an account has none, since it
 * cost nothing.
 */
function write(env: Env, exchange: Exchange, facts: Facts, more: Record<string, unknown>): void {
  const model = usageName(facts.model)
  const nowMs = Date.now()
  const milliseconds = nowMs - exchange.startedMs
  const { id: request, method, attempts } = exchange
  const { key, user, endpoint, status, ending, cache, usage, money } = facts
  const line = maskCredentials(
    JSON.stringify({
      time: new Date(nowMs).toISOString(),
      request,
      method,
      key,
      user,
      endpoint,
      model,
      status,
      ending,
      cache,
      usage: countsIn(usage),
      money: money === undefined ? undefined : money / NANOS,
      milliseconds,
      attempts: attempts.length > 0 ? attempts : undefined,
      ...more,
    }),
  )
  if (status < 500) console.log(line)
  else console.error(line)
  env.ANALYTICS?.writeDataPoint({
    indexes: [key],
    blobs: [endpoint, model, user, ending, cache],
    doubles: [status, milliseconds, usage.input, usage.output, usage.cached, usage.reasoning, money ?? 0],
  })
}

function countsIn(usage: Usage): Record<string, unknown> | undefined {
  if (usage === NO_USAGE) return undefined
  const used = Object.entries(usage).filter(([, count]) => count !== 0 && count !== false)
  return used.length > 0 ? Object.fromEntries(used) : undefined
}

function callerOf({ principal }: Exchange): { key: string; user: string } {
  return { key: principal?.keyId ?? '', user: principal?.user ?? '' }
}

/**
 * The message of a refusal may quote the caller's input, so it is not logged; that of a failure is the gateway's own.
 */
function reasonsOf({ reason, param, status, message, cause }: GatewayError): Record<string, unknown> {
  const named = param === undefined ? {} : { param: param.slice(0, MAX_LOGGED_TEXT_CHARACTERS) }
  // The cause of a refusal is the refused value, such as the origin of a page.
  const refused = cause !== undefined && reason === 'denied' ? { cause: causeOf(cause) } : {}
  return status < 500
    ? { reason, ...named, ...refused }
    : { reason, ...named, message, cause: causeOf(cause) }
}

/** The underlying error. A SyntaxError quotes the unparsable text, which may be a response. */
function causeOf(cause: unknown): string | undefined {
  if (cause === undefined) return undefined
  if (cause instanceof SyntaxError) return cause.name
  return String(cause).slice(0, MAX_LOGGED_TEXT_CHARACTERS)
}

function excerpt(bytes: Uint8Array | undefined): string {
  return textOf(bytes?.subarray(0, MAX_LOGGED_BODY_CHARACTERS))
}
