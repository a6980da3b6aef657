import type { Config } from '../config.ts'
import { priceOf } from '../dashscope/prices.ts'
import type { Target } from '../dashscope/targets.ts'
import { NO_USAGE, type Usage } from '../dashscope/usage.ts'
import type { MeterClient } from '../meter/client.ts'
import { describeRow } from '../meter/describe-row.ts'
import { hasLimits } from '../meter/limited-meters.ts'
import { boundsMoney, estimatedSpending, unknownPrice } from '../meter/money.ts'
import { refusalError } from '../meter/refusal.ts'
import { renewalId } from '../meter/renewal-ids.ts'
import type { Ending, Settlement } from '../meter/settlement.ts'
import type { Limits, Principal } from '../policy/key-record.ts'
import { NO_SOCKET_USAGE, type SocketUnit, type SocketUsage, type UsageCounter } from './usage-counter.ts'

/** If an isolate has died, its reservation counts as in flight for this many slices. */
const SLICES_UNTIL_EXPIRED = 3

/**
 * The tokens reserved per second: speech for half of the time in each direction (Realtime page: 25 and 50 tokens a
 * second).
 */
const TOKENS_PER_SECOND = 25 + 50 / 2

/** The counts of a usage. */
const COUNTS = ['input', 'output', 'audio', 'spoken', 'image', 'characters', 'seconds'] as const

/** The status in the request log for tasks and sessions: that of the WebSocket handshake. */
const SWITCHING_PROTOCOLS = 101

/** The options of the account of a task or session. */
export interface SliceOptions {
  meter: MeterClient
  principal: Principal
  model: string
  unit: SocketUnit
  id: string
  endpoint: string
  config: Config
  /** The target that is asked first. */
  target: Target
  /** Called once. */
  settled: (settled: SettledAccount) => void
}

/** The total of a task or session that has ended. */
export interface SettledAccount {
  ending: Ending
  usage: SocketUsage
  /** In nanos; undefined if no price is known. */
  money: number | undefined
  slices: number
  target: Target
  /** The code of the error that ended it. */
  code: string | undefined
}

/**
 * The account of one task or session. Its reservation is renewed for each slice of time (REALTIME_SLICE_SECONDS):
 * usage is settled, and the next slice is reserved. If an isolate dies, at most one slice is charged by its estimate.
 */
export class SliceAccount {
  readonly #options: SliceOptions
  readonly #isLimited: boolean
  readonly #isMetered: boolean
  #target: Target
  #settled = NO_SOCKET_USAGE
  #slice = 0
  #openedMs = 0
  #startedMs = 0
  #isOpen = false

  constructor(options: SliceOptions) {
    this.#options = options
    this.#target = options.target
    this.#isLimited = hasLimits(options.principal)
    this.#isMetered = options.principal.policy.metered !== false || this.#isLimited
  }

  /** Sets the target that has accepted the connection; its region decides the price. */
  servedBy(target: Target): void {
    this.#target = target
  }

  /**
   * Reserves the first slice.
   *
   * @throws GatewayError if a limit is reached, or a money limit cannot be enforced because the model has no price.
   */
  async open(nowMs: number): Promise<void> {
    await this.#reserve(this.#options.principal, nowMs)
    this.#openedMs = nowMs
    this.#isOpen = true
  }

  /**
   * Settles the certain usage since the last slice and reserves the next one, together with what is only
   * estimated so far: an estimate that was settled could not be corrected. Does not count as another request.
   *
   * @throws GatewayError if a limit is reached; the session must then end.
   */
  async renew(counter: Pick<UsageCounter, 'usage' | 'certain'>, nowMs: number): Promise<void> {
    if (!this.#isOpen) return
    const certain = counter.certain(nowMs)
    this.#settle('complete', certain, nowMs, true)
    this.#slice++
    const open = difference(counter.usage(false, nowMs), certain)
    await this.#reserve(withoutRequestLimits(this.#options.principal), nowMs, open)
  }

  /** Settles the rest, once. */
  close(ending: Ending, used: SocketUsage, nowMs: number, code?: string): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#settle(ending, used, nowMs, false, code)
    const { settled } = this.#options
    const money = this.#moneyOf(used)
    settled({ ending, usage: used, money, slices: this.#slice + 1, target: this.#target, code })
  }

  /** @param open estimated usage that is not settled yet. */
  async #reserve(principal: Principal, nowMs: number, open = NO_SOCKET_USAGE): Promise<void> {
    this.#startedMs = nowMs
    if (!this.#isLimited) return
    const { meter, config, model, unit } = this.#options
    const { sliceSeconds } = config
    const estimate = addSocketUsage(sliceEstimate(unit, sliceSeconds), open)
    const money = this.#moneyOf(estimate)
    if (money === undefined && boundsMoney(principal)) throw unknownPrice(model)
    const verdict = await meter.reserve(
      principal,
      {
        id: this.#reservationId(),
        nowMs,
        ...estimatedSpending(asUsage(estimate), money ?? 0),
        expiresMs: nowMs + SLICES_UNTIL_EXPIRED * sliceSeconds * 1000,
      },
      config.limitsFail,
    )
    if (!verdict.allowed) throw refusalError(verdict)
  }

  #settle(ending: Ending, used: SocketUsage, nowMs: number, isContinued: boolean, code?: string): void {
    if (!this.#isMetered) return
    const { meter, principal, model, endpoint } = this.#options
    const slice = difference(used, this.#settled)
    this.#settled = used
    meter.settle(principal, {
      ...(this.#isLimited && { reservation: this.#reservationId() }),
      startedMs: this.#startedMs,
      nowMs,
      model,
      user: principal.user ?? '',
      endpoint,
      region: this.#target.region,
      ending,
      usage: asUsage(slice),
      money: this.#moneyOf(slice),
      ...(isContinued ? { isContinued } : this.#rowOf(ending, used, nowMs, code)),
    })
  }

  /** One row for the whole task or session, not one per slice. */
  #rowOf(
    ending: Ending,
    used: SocketUsage,
    nowMs: number,
    code: string | undefined,
  ): Pick<Settlement, 'row'> {
    const { principal, model, id, endpoint, config } = this.#options
    if (config.requestLog === 0) return {}
    const startedMs = this.#openedMs
    const row = describeRow({
      id,
      principal,
      startedMs,
      totalMs: nowMs - startedMs,
      model,
      endpoint,
      region: this.#target.region,
      status: SWITCHING_PROTOCOLS,
      ending,
      ...(code !== undefined && { code }),
      used: { usage: asUsage(used), money: this.#moneyOf(used) },
    })
    return { row }
  }

  #moneyOf(used: SocketUsage): number | undefined {
    const { model, config } = this.#options
    return priceOf(model, this.#target.region, asUsage(used), config.billing)
  }

  #reservationId(): string {
    return this.#slice === 0 ? this.#options.id : renewalId(this.#options.id, this.#slice)
  }
}

/**
 * The estimated usage of a slice. The amount of synthesized speech is unknown, so it reserves one character, which
 * requires that some budget is left.
 */
function sliceEstimate(unit: SocketUnit, seconds: number): SocketUsage {
  if (unit === 'characters') return { ...NO_SOCKET_USAGE, characters: 1 }
  return { ...NO_SOCKET_USAGE, seconds, ...(unit === 'tokens' && { input: seconds * TOKENS_PER_SECOND }) }
}

function asUsage({ estimated, ...counts }: SocketUsage): Usage {
  return { ...NO_USAGE, ...counts, ...(estimated && { estimated }) }
}

function addSocketUsage(one: SocketUsage, other: SocketUsage): SocketUsage {
  const sum = { ...one }
  for (const name of COUNTS) sum[name] += other[name]
  return sum
}

/** What was used since then, never negative. */
function difference(now: SocketUsage, before: SocketUsage): SocketUsage {
  const less = { ...now }
  for (const name of COUNTS) less[name] = Math.max(0, now[name] - before[name])
  return less
}

/** A renewal continues a counted request, so only quotas apply. */
function withoutRequestLimits(principal: Principal): Principal {
  const { policy, token } = principal
  const { limits, user_limits } = policy
  return {
    ...principal,
    policy: {
      ...policy,
      ...(limits && { limits: onlyQuotas(limits) }),
      ...(user_limits && { user_limits: onlyQuotas(user_limits) }),
    },
    ...(token && { token: { ...token, ...(token.budget && { budget: onlyTokens(token.budget) }) } }),
  }
}

function onlyQuotas({ requests_per_minute: _, ...quotas }: Limits): Limits {
  return quotas
}

function onlyTokens({ tokens }: { tokens?: number }): { tokens?: number } {
  return tokens === undefined ? {} : { tokens }
}
