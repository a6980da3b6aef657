import type { Call } from '../call.ts'
import type { Env } from '../config.ts'
import { RESERVATION_SECONDS } from '../constants.ts'
import { priceOf } from '../dashscope/prices.ts'
import { NO_USAGE, type Usage, usageOf } from '../dashscope/usage.ts'
import type { GatewayError } from '../errors.ts'
import type { WholeAnswer } from '../relay/answer.ts'
import type { Watcher } from '../relay/stream.ts'
import type { Ending, Settlement } from './metering.ts'
import { rateLimitHeaders, refusalError } from './refusal.ts'
import { hasLimits, reserve } from './reserve.ts'
import { type Lost, settleSoon } from './settling.ts'
import { emptyTail, keepTail, tailBytes, usageOfTail } from './tail.ts'

/** The account of one request: opened before it goes upstream, closed once with what it used. */
export interface Account {
  /** `RateLimit` headers for the answer. */
  headers: Record<string, string>
  /** Looks at a stream for its usage; undefined where nobody needs it, and the stream stays on the native pipe. */
  watcher: Watcher | undefined
  /** Closes with a whole answer of DashScope, or with one that another request got (`isShared`). */
  answered: (answer: WholeAnswer, isShared: boolean) => void
  /** Closes without an answer to read the usage from. */
  ended: (ending: Ending) => void
  /** Closes with an error that the caller gets instead of an answer, or would get if it were still there. */
  failed: (error: GatewayError) => void
}

/** How an account was closed, for the log. */
export interface Closing {
  ending: Ending
  usage: Usage
  /** Micros; undefined where no price is known. */
  money: number | undefined
  saved?: Settlement['saved']
  /** The answer as far as it is there: whole, or the end of a stream. */
  answer?: Uint8Array
  error?: GatewayError
}

/** What an account needs of the request it belongs to. */
export interface AccountOptions {
  id: string
  nowMs: number
  keepAlive: (work: Promise<unknown>) => void
  closed: (closing: Closing) => void
  lost: Lost
}

/** How a request ended, before its usage is read. */
interface End {
  ending: Ending
  usageNow: () => Usage
  answer?: () => Uint8Array
  error?: GatewayError
}

type Close = (end: End) => void

/**
 * Opens the account of a request: reserves what it may use, where its key, user or session token has limits.
 *
 * @throws GatewayError `rateLimited` or `quotaExhausted` where a limit is reached, `unavailable` where the meter is down and
 *   LIMITS_FAIL does not say otherwise.
 */
export async function openAccount(env: Env, call: Call, options: AccountOptions): Promise<Account> {
  const { principal, endpoint } = call
  const isLimited = hasLimits(principal)
  const isMetered = principal.key.metered !== false || isLimited
  const headers = isLimited ? await reserveFor(env, call, options) : {}
  const close = closer(env, call, options, { isLimited, isMetered })
  return {
    headers,
    watcher: isMetered && endpoint.usage ? watcherOf(call, endpoint.usage, options, close) : undefined,
    answered: (answer, isShared) =>
      close({
        ending: endingOf(answer, isShared),
        usageNow: () => usageIn(answer, call),
        answer: () => answer.body,
      }),
    ended: (ending) => close({ ending, usageNow: () => NO_USAGE }),
    failed: (error) =>
      close({ ending: error.reason === 'notCached' ? 'refused' : 'broken', usageNow: () => NO_USAGE, error }),
  }
}

async function reserveFor(
  env: Env,
  call: Call,
  { id, nowMs }: AccountOptions,
): Promise<Record<string, string>> {
  const { principal, estimate, config } = call
  const usage = { ...NO_USAGE, ...estimate }
  const verdict = await reserve(
    env.METER,
    principal,
    {
      id,
      nowMs,
      tokens: usage.input + usage.output,
      money: priceOf(call.model, config.region, usage, config.billing) ?? 0,
      expiresMs: nowMs + RESERVATION_SECONDS * 1000,
    },
    config.limitsFail,
  )
  if (!verdict.allowed) throw refusalError(verdict)
  return rateLimitHeaders(verdict.states)
}

/**
 * Closes once, whoever comes first: the answer, the stream's end, or the error. Reading the usage never delays the caller,
 * and the log waits until the caller was told.
 */
function closer(
  env: Env,
  call: Call,
  options: AccountOptions,
  { isLimited, isMetered }: { isLimited: boolean; isMetered: boolean },
): Close {
  const { principal, config, model, request } = call
  const { id, nowMs, keepAlive, closed, lost } = options
  let isOpen = true
  const work = async ({ ending: told, usageNow, answer, error }: End) => {
    await scheduler.wait(0)
    // A call that was aborted because its caller left looks like one that broke.
    const ending = told === 'broken' && request.signal.aborted ? 'left' : told
    const found = usageNow()
    const price = priceOf(model, config.region, found, config.billing)
    const spent =
      ending === 'cached'
        ? {
            usage: NO_USAGE,
            money: 0,
            saved: { tokens: found.input + found.output, money: price ?? 0 },
          }
        : { usage: found, money: price }
    closed({ ending, ...spent, ...(answer && { answer: answer() }), ...(error && { error }) })
    if (!isMetered) return
    const settlement: Settlement = {
      ...(isLimited && { reservation: id }),
      startedMs: nowMs,
      nowMs: Date.now(),
      model,
      user: principal.user ?? '',
      ending,
      ...spent,
    }
    await settleSoon({ meters: env.METER, lost, keepAlive }, principal, settlement)
  }
  return (end) => {
    if (!isOpen) return
    isOpen = false
    keepAlive(work(end))
  }
}

function watcherOf(
  { estimate }: Call,
  where: readonly string[],
  { keepAlive }: AccountOptions,
  close: Close,
): Watcher {
  const tail = emptyTail()
  return {
    see: (chunk) => keepTail(tail, chunk),
    ended: (ending) =>
      close({
        ending,
        usageNow: () => usageOfTail(tail, where, estimate.input),
        answer: () => tailBytes(tail),
      }),
    keepAlive,
  }
}

/** An answer is relayed as it came, so it need not be JSON although it says so; nothing can be read from it then. */
function usageIn({ status, body }: WholeAnswer, { endpoint }: Call): Usage {
  if (!endpoint.usage || status !== 200) return NO_USAGE
  try {
    return usageOf(JSON.parse(new TextDecoder().decode(body)), endpoint.usage) ?? NO_USAGE
  } catch {
    return NO_USAGE
  }
}

function endingOf({ status }: WholeAnswer, isShared: boolean): Ending {
  if (status >= 400) return 'refused'
  return isShared ? 'cached' : 'complete'
}
