import { DurableObject } from 'cloudflare:workers'
import { dayOf } from '../../lib/calendar.ts'
import type { Limits } from '../../policy/key-record.ts'
import type { Reservation, Settlement, TokenBudget, Verdict } from '../metering.ts'
import { advance, close, enter, type Ledger, remove } from './ledger.ts'
import { decide, type Spent } from './limits.ts'
import { migrate } from './migrations.ts'
import {
  deleteOwned,
  insertOwned,
  listOwned,
  type Owned,
  type OwnedKind,
  pruneOwned,
  readOwned,
} from './owned-table.ts'
import {
  charge,
  chargeSession,
  closeReservation,
  correctSession,
  deleteReservation,
  findReservation,
  insertReservation,
  insertSettled,
  pruneReservations,
  readLedger,
  readSession,
  SPENT_DAYS,
} from './reservations.ts'
import { readSpending, type Spending, spend } from './spending.ts'
import { type OwnDimension, pruneUsage, readUsage, recordUsage, type UsageRow } from './usage-table.ts'

/** How often a meter looks for rows that it needs no more: each look reads the whole table. */
const METER_PRUNE_SECONDS = 60

/** When an object that nobody asks is looked through: what an end user spent is not needed any more. */
const METER_IDLE_DAYS = SPENT_DAYS + 1

/**
 * What one client key owns, may use and has used: one object per key, and one per end user where users have limits of
 * their own. Strongly consistent, because KV may lag a minute: a task is asked for within a second of its submission,
 * and a limit that a thousand requests meet at once must let exactly as many through as it says.
 *
 * No method waits for anything between reading and writing, so each is one step that no other request comes into.
 */
export class Meter extends DurableObject {
  #hasTables = false
  #ledger: Ledger | undefined
  #spending: Spending | undefined
  #prunedMs = 0

  /** The tables, which are made where they are not there; whoever asks for them puts off the end of the object. */
  get #sql(): SqlStorage {
    const { sql } = this.ctx.storage
    if (!this.#hasTables) {
      this.#hasTables = true
      migrate(this.ctx.storage)
      this.#tidyLater(Date.now())
    }
    return sql
  }

  /**
   * Lets a request through or refuses it. What is let through is charged with its estimate until it is settled; one that
   * never is stays charged with it, so that a lost settlement does not make anything free.
   *
   * @param settlements of earlier requests, which come first.
   */
  reserve(
    limits: Limits,
    budget: TokenBudget | undefined,
    asked: Reservation,
    settlements: Settlement[],
  ): Verdict {
    this.settleAll(settlements)
    const ledger = this.#bringUpToDate(asked.nowMs)
    const reservation = { ...asked, nowMs: ledger.nowMs }
    const verdict = decide(
      limits,
      budget,
      {
        minute: ledger.minute,
        minuteTokens: ledger.minuteTokens,
        inFlight: ledger.open.size,
        ...this.#spendingOn(reservation.nowMs),
        session: budget ? readSession(this.#sql, budget.tokenId) : { requests: 0, tokens: 0 },
      },
      reservation,
    )
    if (!verdict.allowed) return verdict
    const { id, nowMs, tokens, money, expiresMs } = reservation
    this.ctx.storage.transactionSync(() => {
      insertReservation(this.#sql, reservation, budget)
      charge(this.#sql, nowMs, { tokens, money })
      if (budget) chargeSession(this.#sql, budget, tokens)
    })
    enter(ledger, { id, atMs: nowMs, tokens }, expiresMs)
    this.#spend(nowMs, { tokens, money })
    return verdict
  }

  /** Settles a request in the object of its key: corrects the charge and adds to the usage. A second time changes nothing. */
  settle(settlement: Settlement): void {
    this.#settle(settlement, () => recordUsage(this.#sql, settlement))
  }

  /** Settles many requests in one call. */
  settleAll(settlements: Settlement[]): void {
    for (const settlement of settlements) this.settle(settlement)
  }

  /** Settles a request in the object of its end user, whose usage stands in the object of the key. */
  settleUser(settlement: Settlement): void {
    this.#settle(settlement, () => undefined)
  }

  /** Takes back a reservation whose request was never made. */
  release(id: string): void {
    const reserved = findReservation(this.#sql, id)
    if (!reserved || reserved.settled) return
    const { atMs, tokens, money, session } = reserved
    const taken = { tokens: -tokens, money: -money }
    this.ctx.storage.transactionSync(() => {
      deleteReservation(this.#sql, id)
      charge(this.#sql, atMs, taken)
      if (session) correctSession(this.#sql, session, -1, -tokens)
    })
    if (this.#ledger) remove(this.#ledger, id)
    this.#spend(atMs, taken)
  }

  /** Sums of this key's usage between two UTC days, both included; money in micros. */
  usage(from: string, to: string, by: OwnDimension[]): UsageRow[] {
    return readUsage(this.#sql, from, to, by)
  }

  /** Records that this key made something; what DashScope has long deleted is forgotten on the way. */
  own(kind: OwnedKind, owned: Owned, nowMs: number): void {
    insertOwned(this.#sql, kind, owned, nowMs)
    pruneOwned(this.#sql, nowMs)
  }

  /** Which of these ids this key owns. */
  owned(kind: OwnedKind, ids: string[]): Owned[] {
    return readOwned(this.#sql, kind, ids)
  }

  /** Forgets what was deleted at DashScope. */
  disown(kind: OwnedKind, id: string): void {
    deleteOwned(this.#sql, kind, id, Date.now())
  }

  /**
   * One page of what this key owns, newest first.
   *
   * @param after the last id of the page before, which may be deleted by now; undefined for the first page.
   */
  list(kind: OwnedKind, after: string | undefined, limit: number): Owned[] {
    return listOwned(this.#sql, kind, after, limit)
  }

  override alarm(): Promise<void> {
    return this.tidy(Date.now())
  }

  /** Deletes what is past its lifetime, and the object itself where nothing else is in it: an end user may never come back. */
  async tidy(nowMs: number): Promise<void> {
    this.#prune(nowMs)
    pruneOwned(this.#sql, nowMs)
    const tables = ['owned', 'reservations', 'spent', 'sessions', 'usage']
    const rows = tables.map((table) => `SELECT 1 FROM ${table}`).join(' UNION ALL ')
    if (this.#sql.exec(`${rows} LIMIT 1`).toArray().length > 0) return this.#tidyLater(nowMs)
    this.#hasTables = false
    this.#ledger = undefined
    this.#spending = undefined
    this.#prunedMs = 0
    await this.ctx.storage.deleteAll()
  }

  #tidyLater(nowMs: number): void {
    void this.ctx.storage.setAlarm(nowMs + METER_IDLE_DAYS * 86_400_000)
  }

  /** Puts what a request really used in place of its estimate, and records it, unless that was done before. */
  #settle(settlement: Settlement, record: () => void): void {
    const { reservation: id, startedMs, nowMs, usage, money = 0 } = settlement
    this.#prune(nowMs)
    const reserved = id === undefined ? undefined : findReservation(this.#sql, id)
    if (reserved?.settled) return
    const tokens = usage.input + usage.output
    const charged = reserved ?? { atMs: startedMs, tokens: 0, money: 0, session: undefined }
    const added = { tokens: tokens - charged.tokens, money: money - charged.money }
    this.ctx.storage.transactionSync(() => {
      if (reserved) closeReservation(this.#sql, reserved.id, tokens)
      else if (id !== undefined) insertSettled(this.#sql, id, startedMs, nowMs, { tokens, money })
      charge(this.#sql, charged.atMs, added)
      if (charged.session) correctSession(this.#sql, charged.session, 0, added.tokens)
      record()
    })
    if (this.#ledger && id !== undefined) close(this.#ledger, id, tokens)
    this.#spend(charged.atMs, added)
  }

  #spendingOn(nowMs: number): Spending {
    if (this.#spending?.today !== dayOf(nowMs)) this.#spending = readSpending(this.#sql, nowMs)
    return this.#spending
  }

  /** Only what stands in the table is counted in memory as well. */
  #spend(atMs: number, added: Spent): void {
    if (this.#spending) spend(this.#spending, atMs, added)
  }

  #bringUpToDate(nowMs: number): Ledger {
    this.#ledger ??= readLedger(this.#sql, nowMs)
    advance(this.#ledger, nowMs)
    this.#prune(this.#ledger.nowMs)
    return this.#ledger
  }

  #prune(nowMs: number): void {
    if (nowMs < this.#prunedMs + METER_PRUNE_SECONDS * 1000) return
    this.#prunedMs = nowMs
    pruneReservations(this.#sql, nowMs)
    pruneUsage(this.#sql, nowMs)
  }
}
