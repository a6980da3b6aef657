import type { Calendar } from '../../lib/calendar.ts'
import { pop, push } from '../../lib/heap.ts'
import type { Charge, LimitState, ReservationRequest, TokenBudget, Verdict } from '../metering.ts'
import { isRenewal } from '../renewal-ids.ts'
import { minus, NOTHING_SPENT, plus, type Spent, spentIn } from '../spent.ts'
import { type Counted, decide, limitStates } from './limits.ts'
import { advance, close, enter, type RateWindow, remove } from './rate-window.ts'
import {
  charge,
  chargeSession,
  closeReservation,
  correctSession,
  deleteReservation,
  findReservation,
  insertReservation,
  insertSettled,
  keptWhenExpired,
  keptWhenSettled,
  type Reservations,
  readReservations,
  readSession,
} from './reservations.ts'
import { isToday, readSpending, type Spending, spend } from './spending.ts'

/**
 * The limits of a meter: reservations and spending, in memory and in its tables. Every method must be called in a
 * transaction. If that fails, memory and tables differ, and the limiter must be created again.
 */
export class Limiter {
  readonly #sql: SqlStorage
  readonly #calendar: Calendar
  #reservations: Reservations | undefined
  #spending: Spending | undefined
  /** Amounts to add to `spent`, by day, so that all requests of a call need one write per day. */
  readonly #charges = new Map<string, Spent>()

  /** @param calendar determines the days and months of budgets. */
  constructor(sql: SqlStorage, calendar: Calendar) {
    this.#sql = sql
    this.#calendar = calendar
  }

  /**
   * Grants or refuses a request. A granted request is charged with its estimate until it is settled; a request that
   * is never settled stays charged with it, so that a lost settlement does not make it free.
   */
  reserve({ limits, budget, reservation }: ReservationRequest): Verdict {
    const { rateWindow } = this.#bringUpToDate(reservation.nowMs)
    const asked = { ...reservation, nowMs: rateWindow.nowMs }
    const verdict = decide(limits, budget, this.#counted(rateWindow, budget), asked)
    if (!verdict.allowed) return verdict
    const { id, nowMs, tokens, expiresMs, isDeferred } = asked
    // The settlement of a session that ends during its renewal can come first.
    if (!insertReservation(this.#sql, asked, budget)) return verdict
    if (budget) chargeSession(this.#sql, budget, isRenewal(id) ? 0 : 1, tokens)
    this.#charge(nowMs, spentIn(asked))
    const counted = isDeferred ? { tokens: 0, isDeferred } : { tokens }
    enter(rateWindow, { id, atMs: nowMs, ...counted }, expiresMs)
    return verdict
  }

  /**
   * Replaces the estimate of a request by its actual usage.
   *
   * @returns false if it was already settled; then nothing changes.
   */
  settle(id: string, { atMs, nowMs, ...spent }: Charge): boolean {
    const { rateWindow, kept } = this.#bringUpToDate(nowMs)
    const reserved = findReservation(this.#sql, id)
    if (reserved?.settled) return false
    const charged = reserved ?? { atMs, ...NOTHING_SPENT, session: undefined }
    const { tokens } = spent
    if (reserved) closeReservation(this.#sql, reserved, tokens, rateWindow.nowMs)
    else insertSettled(this.#sql, id, { atMs, nowMs: rateWindow.nowMs, ...spentIn(spent) })
    if (charged.session) correctSession(this.#sql, charged.session, 0, tokens - charged.tokens)
    this.#charge(charged.atMs, minus(spent, charged))
    push(kept, keptWhenSettled(charged.atMs, rateWindow.nowMs), id)
    close(rateWindow, id, tokens)
    return true
  }

  /**
   * Adds usage without a reservation, or corrects an earlier charge.
   *
   * @param session the session token whose budget is charged.
   */
  add(atMs: number, spent: Spent, session?: string): void {
    if (session !== undefined) correctSession(this.#sql, session, 0, spent.tokens)
    this.#charge(atMs, spent)
  }

  /** Releases a reservation whose request was never sent. */
  release(id: string): void {
    const reserved = findReservation(this.#sql, id)
    if (!reserved || reserved.settled) return
    const { atMs, tokens, session } = reserved
    deleteReservation(this.#sql, id)
    if (session) correctSession(this.#sql, session, isRenewal(id) ? 0 : -1, -tokens)
    this.#charge(atMs, minus(NOTHING_SPENT, reserved))
    if (this.#reservations) remove(this.#reservations.rateWindow, id)
  }

  /** Writes the charges of all requests of a call. */
  flush(): void {
    for (const [day, spent] of this.#charges) charge(this.#sql, day, spent)
    this.#charges.clear()
  }

  /** Deletes the rows that are no longer needed. */
  prune(nowMs: number): void {
    this.#bringUpToDate(nowMs)
  }

  /** The verdict that {@link reserve} would give; nothing is charged. */
  check({ limits, budget, reservation }: ReservationRequest): Verdict {
    const { rateWindow } = this.#bringUpToDate(reservation.nowMs)
    const asked = { ...reservation, nowMs: rateWindow.nowMs }
    return decide(limits, budget, this.#counted(rateWindow, budget), asked)
  }

  /** The remaining quota of every limit, for reports. */
  left({ limits, budget }: Omit<ReservationRequest, 'reservation'>, nowMs: number): LimitState[] {
    const { rateWindow } = this.#bringUpToDate(nowMs)
    return limitStates(limits, budget, this.#counted(rateWindow, budget), rateWindow.nowMs)
  }

  #counted(rateWindow: RateWindow, budget: TokenBudget | undefined): Counted {
    return {
      minute: rateWindow.minute,
      renewals: rateWindow.renewals,
      minuteTokens: rateWindow.minuteTokens,
      inFlight: rateWindow.open.size,
      ...this.#spendingOn(rateWindow.nowMs),
      session: budget ? readSession(this.#sql, budget.tokenId) : { requests: 0, tokens: 0 },
    }
  }

  #bringUpToDate(nowMs: number): Reservations {
    this.#reservations ??= readReservations(this.#sql, nowMs)
    const { rateWindow, kept } = this.#reservations
    for (const id of advance(rateWindow, nowMs)) push(kept, keptWhenExpired(rateWindow.nowMs), id)
    for (let next = kept[0]; next && next.rank <= rateWindow.nowMs; next = kept[0]) {
      pop(kept)
      deleteReservation(this.#sql, next.value)
    }
    return this.#reservations
  }

  #spendingOn(nowMs: number): Spending {
    if (!this.#spending || !isToday(this.#spending, nowMs)) {
      this.flush()
      this.#spending = readSpending(this.#sql, nowMs, this.#calendar)
    }
    return this.#spending
  }

  #charge(atMs: number, spent: Spent): void {
    const day = this.#calendar.dayOf(atMs)
    this.#charges.set(day, plus(this.#charges.get(day) ?? NOTHING_SPENT, spent))
    if (this.#spending) spend(this.#spending, atMs, spent)
  }
}
