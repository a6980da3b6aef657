import type { Calendar } from '../../lib/calendar.ts'
import { pop, push } from '../../lib/heap.ts'
import type { Charge, LimitState, ReservationRequest, TokenBudget, Verdict } from '../metering.ts'
import { minus, NOTHING_SPENT, plus, type Spent, spentIn } from '../spent.ts'
import { type Counted, decide, limitStates } from './limits.ts'
import { advance, close, enter, type RequestLedger, remove } from './request-ledger.ts'
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
 * The limits of a meter: what was reserved and spent, in memory and in its tables. Every method runs inside a transaction of
 * the caller; if that fails, the memory is no longer that of the tables and the limiter has to be made anew.
 */
export class Limiter {
  readonly #sql: SqlStorage
  readonly #calendar: Calendar
  #reservations: Reservations | undefined
  #spending: Spending | undefined
  /** What is to be added to `spent`, by day: one row to write for all requests of a call. */
  readonly #charges = new Map<string, Spent>()

  /** @param calendar the days and months of budgets. */
  constructor(sql: SqlStorage, calendar: Calendar) {
    this.#sql = sql
    this.#calendar = calendar
  }

  /**
   * Grants or refuses a request. A granted request is charged with its estimate until it is settled; a request
   * that is never settled stays charged with it, so that a lost settlement makes nothing free.
   */
  reserve({ limits, budget, reservation }: ReservationRequest): Verdict {
    const { ledger } = this.#bringUpToDate(reservation.nowMs)
    const asked = { ...reservation, nowMs: ledger.nowMs }
    const verdict = decide(limits, budget, this.#counted(ledger, budget), asked)
    if (!verdict.allowed) return verdict
    const { id, nowMs, tokens, expiresMs, isDeferred } = asked
    insertReservation(this.#sql, asked, budget)
    if (budget) chargeSession(this.#sql, budget, tokens)
    this.#charge(nowMs, spentIn(asked))
    const counted = isDeferred ? { tokens: 0, isDeferred } : { tokens }
    enter(ledger, { id, atMs: nowMs, ...counted }, expiresMs)
    return verdict
  }

  /**
   * Replaces the estimate of a request by what it really used.
   *
   * @returns false if that was done before; nothing has changed then.
   */
  settle(id: string, { atMs, nowMs, ...spent }: Charge): boolean {
    const { ledger, kept } = this.#bringUpToDate(nowMs)
    const reserved = findReservation(this.#sql, id)
    if (reserved?.settled) return false
    const charged = reserved ?? { atMs, ...NOTHING_SPENT, session: undefined }
    const { tokens } = spent
    if (reserved) closeReservation(this.#sql, reserved, tokens, ledger.nowMs)
    else insertSettled(this.#sql, id, { atMs, nowMs: ledger.nowMs, ...spentIn(spent) })
    if (charged.session) correctSession(this.#sql, charged.session, 0, tokens - charged.tokens)
    this.#charge(charged.atMs, minus(spent, charged))
    push(kept, keptWhenSettled(charged.atMs, ledger.nowMs), id)
    close(ledger, id, tokens)
    return true
  }

  /**
   * Adds what was used without a reservation, or corrects what was charged before.
   *
   * @param session the session token whose budget it counts against.
   */
  add(atMs: number, spent: Spent, session?: string): void {
    if (session !== undefined) correctSession(this.#sql, session, 0, spent.tokens)
    this.#charge(atMs, spent)
  }

  /** Takes back a reservation whose request was never made. */
  release(id: string): void {
    const reserved = findReservation(this.#sql, id)
    if (!reserved || reserved.settled) return
    const { atMs, tokens, session } = reserved
    deleteReservation(this.#sql, id)
    if (session) correctSession(this.#sql, session, -1, -tokens)
    this.#charge(atMs, minus(NOTHING_SPENT, reserved))
    if (this.#reservations) remove(this.#reservations.ledger, id)
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

  /** What {@link reserve} would answer; nothing is charged. */
  check({ limits, budget, reservation }: ReservationRequest): Verdict {
    const { ledger } = this.#bringUpToDate(reservation.nowMs)
    const asked = { ...reservation, nowMs: ledger.nowMs }
    return decide(limits, budget, this.#counted(ledger, budget), asked)
  }

  /** What is left of every limit, for reports. */
  left({ limits, budget }: Omit<ReservationRequest, 'reservation'>, nowMs: number): LimitState[] {
    const { ledger } = this.#bringUpToDate(nowMs)
    return limitStates(limits, budget, this.#counted(ledger, budget), ledger.nowMs)
  }

  #counted(ledger: RequestLedger, budget: TokenBudget | undefined): Counted {
    return {
      minute: ledger.minute,
      minuteTokens: ledger.minuteTokens,
      inFlight: ledger.open.size,
      ...this.#spendingOn(ledger.nowMs),
      session: budget ? readSession(this.#sql, budget.tokenId) : { requests: 0, tokens: 0 },
    }
  }

  #bringUpToDate(nowMs: number): Reservations {
    this.#reservations ??= readReservations(this.#sql, nowMs)
    const { ledger, kept } = this.#reservations
    for (const id of advance(ledger, nowMs)) push(kept, keptWhenExpired(ledger.nowMs), id)
    for (let next = kept[0]; next && next.rank <= ledger.nowMs; next = kept[0]) {
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
