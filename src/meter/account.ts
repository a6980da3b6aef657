import { usageOf } from '../dashscope/read-usage.ts'
import { NO_USAGE, type Usage } from '../dashscope/usage.ts'
import type { GatewayError } from '../errors.ts'
import { textOf } from '../lib/json/utf8.ts'
import { isPartial } from '../upstream/headers.ts'
import type { WholeResponse } from '../upstream/response.ts'
import type { Watcher } from '../upstream/watcher.ts'
import { boundsUsage, hasLimits } from './limited-meters.ts'
import type { MeteredCall } from './metered-call.ts'
import { estimatedSpending, moneyToReserve } from './money.ts'
import { rateLimitHeaders, refusalError } from './refusal.ts'
import { reservationExpiryMs } from './reservation-expiry.ts'
import type { Ending } from './settlement.ts'
import { type AccountOptions, createSettler, type Duties, type Settle } from './settler.ts'
import { tailBytes, watchUsage } from './tail.ts'

/** Parsing this much takes about a tenth of a millisecond, after the caller's response was created. */
const BRIEF_RESPONSE_BYTES = 16 * 1024

/** The account of one request: opened before the request is sent upstream, settled once with its usage. */
export interface Account {
  /** `RateLimit` headers for the response. */
  headers: Record<string, string>
  /**
   * Observes a stream for its usage; undefined if that is not needed, so that the stream stays on the native pipe.
   */
  watcher: Watcher | undefined
  /** Settles with a whole response of DashScope, or with the shared response of another request (`isShared`). */
  responded: (response: WholeResponse, isShared: boolean) => void
  /** Settles without a response that reports usage. */
  ended: (ending: Ending) => void
  /**
   * Settles with an error that the caller gets instead of a response, or would get if it had not left.
   *
   * @param response a whole response of DashScope that is billed but could not be relayed.
   */
  failed: (error: GatewayError, response?: WholeResponse) => void
}

/**
 * Opens the account of a request: reserves its estimated usage, if its key, user or session token has limits.
 *
 * @throws GatewayError `rateLimited` or `quotaExhausted` if a limit is reached, `modelDenied` if a money limit cannot
 *   be enforced, `unavailable` if the meter is down and LIMITS_FAIL is not `open`.
 */
export async function openAccount(call: MeteredCall, options: AccountOptions): Promise<Account> {
  if (!hasLimits(call.principal)) return openUnlimited(call, options)
  return accountOf(call, options, { isLimited: true, isMetered: true }, await reserveFor(call, options))
}

/** Opens the account of a request whose caller has no limits, without a wait. */
export function openUnlimited(call: MeteredCall, options: AccountOptions): Account {
  const isMetered = call.principal.policy.metered !== false
  return accountOf(call, options, { isLimited: false, isMetered }, {})
}

function accountOf(
  call: MeteredCall,
  options: AccountOptions,
  duties: Duties,
  headers: Record<string, string>,
): Account {
  const { endpoint } = call
  const { isLimited, isMetered } = duties
  const settle = createSettler(call, options, duties)
  return {
    headers,
    watcher: isMetered && endpoint.usage ? watcherOf(call, endpoint.usage, options, settle) : undefined,
    responded: (response, isShared) =>
      settle({
        ending: endingOf(response, isShared),
        usageNow: () => withThinking(usageOrReserved(response, call, isShared), call),
        response: () => response.body,
        isBrief: response.body.byteLength <= BRIEF_RESPONSE_BYTES,
      }),
    ended: (ending) => settle({ ending, usageNow: () => NO_USAGE, isBrief: true }),
    failed: (error, response) => {
      const wasRefused = isRefusal(error)
      settle({
        ending: wasRefused ? 'refused' : 'broken',
        usageNow: () => {
          if (response) return withThinking(usageOrReserved(response, call), call)
          return isLimited && options.respondedIn() ? usageWithout(error, call) : NO_USAGE
        },
        error,
        isBrief: wasRefused,
      })
    },
  }
}

async function reserveFor(
  call: MeteredCall,
  { id, meter, reserved }: AccountOptions,
): Promise<Record<string, string>> {
  const { principal, estimate, deadlines, config } = call
  // Its body may have taken minutes to arrive; the time of sending it upstream counts.
  const nowMs = Date.now()
  const reservation = {
    id,
    nowMs,
    ...estimatedSpending(estimate, moneyToReserve(call, estimate)),
    expiresMs: reservationExpiryMs(nowMs, deadlines),
    ...(call.isDeferred && { isDeferred: true }),
  }
  const verdict = await meter.reserve(principal, reservation, config.limitsFail)
  if (!verdict.allowed) throw refusalError(verdict)
  reserved?.(verdict.states)
  return rateLimitHeaders(verdict.states)
}

function watcherOf(
  call: MeteredCall,
  where: readonly string[],
  { keepAlive }: AccountOptions,
  settle: Settle,
): Watcher {
  const { asked, estimate, principal } = call
  // Without limits on usage, the output is estimated only from its size.
  const reserved = boundsUsage(principal) ? estimate : { ...estimate, output: 0 }
  const watch = watchUsage(where, asked.count ?? 1)
  return {
    see: watch.see,
    ended: (ending, code) =>
      settle({
        ending,
        code,
        usageNow: () => withThinking(watch.usage(reserved), call),
        response: () => tailBytes(watch.tail),
      }),
    keepAlive,
  }
}

/**
 * The usage of a whole response. A response without usage, even one that is not JSON, is charged with the reserved
 * amount: otherwise limits would not apply to it. A task reports its usage in its result, which corrects the charge
 * of the request that submitted it.
 */
function usageOrReserved(
  { status, body }: WholeResponse,
  { endpoint, principal, asTask, asked, estimate }: MeteredCall,
  isShared = false,
): Usage {
  if (!endpoint.usage || status !== 200) return NO_USAGE
  const comesLater = asTask || asked.inBackground
  const reserved = comesLater || boundsUsage(principal) ? estimate : NO_USAGE
  const said = isShared ? usageOfShared(body, endpoint.usage) : usageSaid(body, endpoint.usage)
  return said ?? reserved
}

/** The usage of shared responses; `null` if they report none. */
const USAGE_OF_SHARED = new WeakMap<Uint8Array, Usage | null>()

/** The usage of a body that many requests share; it is parsed only once. */
function usageOfShared(body: Uint8Array, where: readonly string[]): Usage | undefined {
  const known = USAGE_OF_SHARED.get(body)
  if (known !== undefined) return known ?? undefined
  const said = usageSaid(body, where)
  USAGE_OF_SHARED.set(body, said ?? null)
  return said
}

/** The usage that a body reports; undefined if it reports none or is not JSON. */
function usageSaid(body: Uint8Array, where: readonly string[]): Usage | undefined {
  try {
    return usageOf(JSON.parse(textOf(body)), where)
  } catch {
    return undefined
  }
}

/**
 * The Anthropic dialect does not report thinking separately, although it may cost more. If the model may have used
 * thinking, the higher price is charged.
 */
function withThinking(usage: Usage, { endpoint, asked }: MeteredCall): Usage {
  const isHidden = endpoint.thinking === 'anthropic' && usage.output > 0 && asked.thinking.isPossible
  return isHidden ? { ...usage, mayIncludeThinking: true } : usage
}

/**
 * The usage of a request that was aborted by its caller or a timeout before DashScope responded, or whose response
 * broke off: the reserved amount. DashScope has started and bills it; otherwise a client could evade its limits by
 * disconnecting early.
 */
function usageWithout({ upstream }: GatewayError, { request, estimate }: MeteredCall): Usage {
  const mayBePaid = request.signal.aborted || upstream?.code === 'late' || upstream?.isPaid === true
  return mayBePaid ? estimate : NO_USAGE
}

function endingOf({ status, headers }: WholeResponse, isShared: boolean): Ending {
  if (status >= 400) return 'refused'
  if (isPartial(headers)) return 'broken'
  return isShared ? 'cached' : 'complete'
}

/**
 * Whether the gateway itself refused the request; it then counts as refused and not as broken, even if DashScope has
 * received the start of an upload.
 */
function isRefusal({ reason, status, upstream }: GatewayError): boolean {
  return reason === 'notCached' || (status < 500 && upstream === undefined)
}
