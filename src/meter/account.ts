import type { Principal } from '../access/record.ts'
import type { Call } from '../call.ts'
import type { Env } from '../config.ts'
import { ESTIMATED_STREAM_BYTES_PER_TOKEN, RESERVATION_SECONDS } from '../constants.ts'
import { priceOf } from '../dashscope/prices.ts'
import { NO_USAGE, type Usage, usageOf } from '../dashscope/usage.ts'
import type { WholeAnswer } from '../relay/answer.ts'
import type { Watcher } from '../relay/stream.ts'
import { settleLater } from './batch.ts'
import type { Ending, Settlement } from './metering.ts'
import { rateLimitHeaders, refusalError } from './refusal.ts'
import { hasLimits, reserve, settle } from './reserve.ts'
import { emptyTail, keepTail, usageOfTail } from './tail.ts'

/** The account of one request: opened before it goes upstream, closed once with what it used. */
export interface Account {
  /** `RateLimit` headers for the answer. */
  headers: Record<string, string>
  /** Looks at a stream for its usage; undefined where nobody needs it, and the stream stays on the native pipe. */
  watcher: Watcher | undefined
  /** Whether the request has to be brought to its end after its caller left. */
  isKept: boolean
  /** Closes with a whole answer of DashScope, or with one from the cache. */
  answered: (answer: WholeAnswer, isCached: boolean) => void
  /** Closes without an answer. */
  ended: (ending: Ending) => void
}

/** How an account was closed, for the log. */
export interface Closing {
  ending: Ending
  usage: Usage
  money: number | undefined
  /** The answer, where it was a whole one. */
  answer?: WholeAnswer
}

/** What an account needs of the request it belongs to. */
export interface AccountOptions {
  id: string
  nowMs: number
  keepAlive: (work: Promise<unknown>) => void
  closed: (closing: Closing) => void
}

/**
 * Opens the account of a request: reserves what it may use, where its key, user or session token has limits.
 *
 * @throws GatewayError `rateLimited` or `quotaExhausted` where a limit is reached, `unavailable` where the meter is down and
 *   LIMITS_FAIL does not say otherwise.
 */
export async function openAccount(env: Env, call: Call, options: AccountOptions): Promise<Account> {
  const { principal } = call
  const isLimited = hasLimits(principal)
  const isMetered = principal.key.metered !== false || isLimited
  const headers = isLimited ? await reserveFor(env, call, options) : {}
  const close = closer(env, call, options, isLimited, isMetered)
  return {
    headers,
    isKept: isMetered,
    watcher: isMetered && call.endpoint.usage ? watcherOf(call, options, close) : undefined,
    answered: (answer, isCached) =>
      close(isCached ? 'cached' : endingOf(answer), () => usageIn(answer, call), answer),
    ended: (ending) => close(ending, () => NO_USAGE),
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

/** Closes once, whoever comes first: the answer, the stream's end, or the error. Reading the usage never delays the caller. */
function closer(env: Env, call: Call, options: AccountOptions, isLimited: boolean, isMetered: boolean) {
  let isOpen = true
  return (ending: Ending, usageNow: () => Usage, answer?: WholeAnswer): void => {
    if (!isOpen) return
    isOpen = false
    const work = async () => {
      await scheduler.wait(0)
      const found = usageNow()
      const price = priceOf(call.model, call.config.region, found, call.config.billing)
      const isCached = ending === 'cached'
      const usage = isCached ? NO_USAGE : found
      const money = isCached ? 0 : price
      options.closed({ ending, usage, money, ...(answer && { answer }) })
      if (!isMetered) return
      const settlement: Settlement = {
        ...(isLimited && { reservation: options.id }),
        startedMs: options.nowMs,
        nowMs: Date.now(),
        model: call.model,
        user: call.principal.user ?? '',
        ending,
        usage,
        money,
        ...(isCached && { saved: { tokens: found.input + found.output, money: price ?? 0 } }),
      }
      await settled(env, call.principal, settlement, options.keepAlive)
    }
    options.keepAlive(work())
  }
}

async function settled(
  env: Env,
  principal: Principal,
  settlement: Settlement,
  keepAlive: AccountOptions['keepAlive'],
): Promise<void> {
  if (settlement.reservation === undefined) settleLater(env.METER, principal.key.id, settlement, keepAlive)
  else await settle(env.METER, principal, settlement)
}

function watcherOf(call: Call, { keepAlive }: AccountOptions, close: ReturnType<typeof closer>): Watcher {
  const tail = emptyTail()
  const where = call.endpoint.usage ?? []
  return {
    see: (chunk) => keepTail(tail, chunk),
    ended: (ending) => close(ending, () => usageOfTail(tail, where) ?? estimated(call, tail.seen)),
    keepAlive,
  }
}

/** A compatible stream names its usage only when asked to (`stream_options.include_usage`); its size has to do then. */
function estimated({ estimate }: Call, bytes: number): Usage {
  const output = Math.ceil(bytes / ESTIMATED_STREAM_BYTES_PER_TOKEN)
  return { ...NO_USAGE, input: estimate.input, output, estimated: true }
}

function usageIn(answer: WholeAnswer, { endpoint }: Call): Usage {
  if (!endpoint.usage || answer.status !== 200) return NO_USAGE
  return usageOf(JSON.parse(new TextDecoder().decode(answer.body)), endpoint.usage) ?? NO_USAGE
}

function endingOf({ status }: WholeAnswer): Ending {
  return status < 400 ? 'complete' : 'refused'
}
