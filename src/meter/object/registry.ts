import { DurableObject } from 'cloudflare:workers'
import type { Env } from '../../config.ts'
import type { OwnedKind } from '../../dashscope/ownable.ts'
import { type Changed, Directory } from '../../keys/directory/directory.ts'
import {
  createEndedSessions,
  hasEndedSession,
  insertEndedSession,
} from '../../keys/directory/ended-sessions-table.ts'
import { createKeyTables, type KeyName, type StoredKey } from '../../keys/directory/rows.ts'
import { runMigrations } from '../../lib/migrations.ts'
import type { KeyRecord } from '../../policy/key-record.ts'
import type { KeyChange } from '../../policy/schema/key.ts'
import type { DayReport } from './day-report.ts'
import {
  createErrorTotals,
  type ErrorTotal,
  pruneErrorDays,
  readErrorTotals,
  takeErrors,
} from './error-totals.ts'
import { addMissingMeasures } from './migrations.ts'
import {
  createRegistered,
  deleteRegistered,
  insertRegistered,
  listRegistered,
  type Registered,
  readRegistered,
} from './registered-table.ts'
import {
  createTotals,
  type KeyTotal,
  pruneTotals,
  readKeyTotals,
  sumTotals,
  TOTAL_TABLES,
  type TotalsAsked,
  type TotalsResult,
  takeReport,
} from './totals.ts'

/** How often days that are no longer reported are deleted. */
const PRUNE_MS = 3_600_000

/** Strongly consistent state across all keys: one object for the whole deployment. */
export class Registry extends DurableObject<Env> {
  readonly #directory: Directory
  #prunedMs = 0

  constructor(context: DurableObjectState, env: Env) {
    super(context, env)
    runMigrations(context.storage, [
      createKeyTables,
      createTotals,
      createRegistered,
      createErrorTotals,
      createEndedSessions,
    ])
    addMissingMeasures(context.storage, TOTAL_TABLES)
    this.#directory = new Directory({
      storage: context.storage,
      kv: env.KEYS,
      wakeAt: (atMs) => void context.storage.setAlarm(atMs),
      sleep: (ms) => scheduler.wait(ms),
    })
  }

  create(record: KeyRecord, hash: string, nowMs: number): Promise<KeyRecord> {
    return this.#directory.create(record, hash, nowMs)
  }

  find(id: string): Promise<StoredKey | undefined> {
    return this.#directory.find(id)
  }

  change(id: string, change: KeyChange, nowMs: number): Promise<Changed | undefined> {
    return this.#directory.change(id, change, nowMs)
  }

  revoke(id: string, nowMs: number): Promise<boolean> {
    return this.#directory.revoke(id, nowMs)
  }

  purge(id: string, nowMs: number): Promise<string[] | undefined> {
    return this.#directory.purge(id, nowMs)
  }

  page(after: string, limit: number, withRevoked: boolean): Promise<StoredKey[]> {
    return this.#directory.page(after, limit, withRevoked)
  }

  names(ids?: string[]): Promise<KeyName[]> {
    return this.#directory.names(ids)
  }

  recent(limit: number): Promise<{ keys: KeyName[]; of: number }> {
    return this.#directory.recent(limit)
  }

  origins(): Promise<readonly string[]> {
    return this.#directory.origins()
  }

  /** Ends an operator's session early. */
  endSession(id: string, exp: number, nowMs: number): void {
    insertEndedSession(this.ctx.storage.sql, id, exp, nowMs)
  }

  isSessionEnded(id: string): boolean {
    return hasEndedSession(this.ctx.storage.sql, id)
  }

  /** Records the creator of an object that any caller could refer to. */
  register(kind: OwnedKind, made: Registered, nowMs: number): void {
    insertRegistered(this.ctx.storage.sql, kind, made, nowMs)
  }

  /** The creators of objects; an id that no key created has no row. */
  registered(kind: OwnedKind, ids: string[]): Registered[] {
    return readRegistered(this.ctx.storage.sql, kind, ids)
  }

  /** All objects of a kind that one caller created, newest first. */
  registeredBy(kind: OwnedKind, owner: string): Registered[] {
    return listRegistered(this.ctx.storage.sql, kind, owner)
  }

  /** Removes the record of an object that was deleted at DashScope. */
  unregister(kind: OwnedKind, id: string, owner: string): void {
    deleteRegistered(this.ctx.storage.sql, kind, id, owner)
  }

  /** Stores a meter's report of its key. Repeating a report has no effect. */
  report(key: string, lastUsedMs: number, days: DayReport[]): void {
    const { storage } = this.ctx
    storage.transactionSync(() => {
      takeReport(storage.sql, key, days)
      for (const { day, errors } of days) if (errors) takeErrors(storage.sql, key, day, errors)
      this.#directory.used(key, lastUsedMs)
      if (lastUsedMs < this.#prunedMs + PRUNE_MS) return
      this.#prunedMs = lastUsedMs
      pruneTotals(storage.sql, lastUsedMs)
      pruneErrorDays(storage.sql, lastUsedMs)
    })
  }

  /** Sums over all keys between two days, both included; money in nanos. Other calls are served in between. */
  totals(asked: TotalsAsked): Promise<TotalsResult> {
    return sumTotals(this.ctx.storage.sql, asked, () => scheduler.wait(0))
  }

  /** Counters that are never reset, by key and model; money in nanos. */
  keyTotals(): KeyTotal[] {
    return readKeyTotals(this.ctx.storage.sql)
  }

  /** Counters of errors that are never reset, by key, model and code. */
  errorTotals(): ErrorTotal[] {
    return readErrorTotals(this.ctx.storage.sql)
  }

  override alarm(): Promise<void> {
    return this.#directory.catchUp(Date.now())
  }
}
