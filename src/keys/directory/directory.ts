import { GatewayError } from '../../errors.ts'
import type { TableStorage } from '../../lib/migrations.ts'
import type { KeyRecord } from '../../policy/key-record.ts'
import type { KeyChange } from '../../policy/schema/key.ts'
import { enteredGeneration, purgedGeneration } from '../cache-generation.ts'
import { changedRecord } from '../new-record.ts'
import { deleteDisabledEntry, writeEntries, writeRevocation } from './kv-entries.ts'
import { adoptKeys, moveStep, readMove } from './move.ts'
import {
  deleteKey,
  type KeyName,
  markWritten,
  noteUse,
  readNames,
  readOrigins,
  readPending,
  readRecent,
  readScope,
  type StoredKey,
  selectKey,
  selectKeyPage,
  writeKey,
} from './rows.ts'

/** KV accepts one write per second and key (Workers KV limits). */
const KV_WRITE_INTERVAL_MS = 1100

/** The delay before a failed KV write is retried. */
const KV_RETRY_MS = 2000

/** Client keys whose KV entries one alarm writes; each takes two to four operations, and the Free plan allows 50. */
const KEYS_AN_ALARM = 12

/** The record of a key after a change, or why it was refused. */
export type Changed = { record: KeyRecord } | { refused: { message: string; param: string } }

/** What the directory needs from its Durable Object. */
export interface DirectoryHost {
  storage: TableStorage
  kv: KVNamespace
  /** Schedules a call of `catchUp`. */
  wakeAt: (atMs: number) => void
  sleep: (ms: number) => Promise<void>
}

/**
 * All client keys, strongly consistent: for everything that must take effect at once, since KV may lag by a minute.
 * Its rows are the source of truth; the KV entries, which requests read, are copies. Failed KV writes are retried
 * until they succeed.
 */
export class Directory {
  readonly #host: DirectoryHost
  /** When the entries of a key were last written. */
  readonly #writtenMs = new Map<string, number>()
  /** KV writes that wait for their turn, by key id. */
  readonly #waiting = new Map<string, Promise<void>>()
  #origins: readonly string[] | undefined

  constructor(host: DirectoryHost) {
    this.#host = host
  }

  /** Adds a key. It joins the cache generation of its scope. */
  async create(record: KeyRecord, hash: string, nowMs: number): Promise<KeyRecord> {
    await this.#move()
    const stored = { record: this.#withGeneration(record, nowMs), hash, version: 1 }
    this.#write(stored)
    try {
      await this.#copy(stored, nowMs)
    } catch (thrown) {
      // The write to KV failed and the caller never gets this key, so delete its row.
      deleteKey(this.#host.storage.sql, record.id)
      throw thrown
    }
    return stored.record
  }

  /** A key that was not revoked. */
  async find(id: string): Promise<StoredKey | undefined> {
    await this.#adopt(id)
    const stored = selectKey(this.#host.storage.sql, id)
    return stored?.revokedMs === undefined ? stored : undefined
  }

  /**
   * Changes the record of a key. Reading and writing are one step, so concurrent changes do not overwrite each other.
   *
   * @returns undefined if there is no such key.
   */
  async change(id: string, change: KeyChange, nowMs: number): Promise<Changed | undefined> {
    await this.#adopt(id)
    const before = selectKey(this.#host.storage.sql, id)
    if (!before || before.revokedMs !== undefined) return undefined
    const asked = changedOrRefused(before.record, change, nowMs)
    if ('refused' in asked) return asked
    const isMoved = asked.record.cache?.scope !== before.record.cache?.scope
    const record = isMoved ? this.#withGeneration(asked.record, nowMs) : asked.record
    const stored = { record, hash: before.hash, version: before.version + 1 }
    this.#write(stored)
    await this.#copy(stored, nowMs)
    // Another change may have disabled the key again.
    const isEnabled = selectKey(this.#host.storage.sql, id)?.record.disabled !== true
    if (before.record.disabled && isEnabled) await deleteDisabledEntry(this.#host.kv, id)
    return { record }
  }

  /** Revokes a key. Returns false if there is no such key; a key that was revoked before is revoked again. */
  async revoke(id: string, nowMs: number): Promise<boolean> {
    await this.#adopt(id)
    const before = selectKey(this.#host.storage.sql, id)
    if (!before) return false
    const stored = { ...before, version: before.version + 1, revokedMs: before.revokedMs ?? nowMs }
    this.#write(stored)
    await this.#copy(stored, nowMs)
    return true
  }

  /**
   * Makes the cached responses of a key, and of every key that shares its scope, unreadable.
   *
   * @returns the ids of these keys; undefined if there is no such key.
   */
  async purge(id: string, nowMs: number): Promise<string[] | undefined> {
    await this.#move()
    const own = await this.find(id)
    if (!own) return undefined
    const scope = own.record.cache?.scope
    const others = scope === undefined ? [] : readScope(this.#host.storage.sql, scope)
    const purged = [own, ...others.filter(({ record }) => record.id !== id)]
    const cache_generation = purgedGeneration(
      purged.map(({ record }) => record),
      nowMs,
    )
    for (const { record, hash, version } of purged) {
      this.#write({ record: { ...record, cache_generation }, hash, version: version + 1 })
    }
    await this.catchUp(nowMs)
    return purged.map(({ record }) => record.id)
  }

  /** A page of keys, newest first. */
  async page(after: string, limit: number, withRevoked: boolean): Promise<StoredKey[]> {
    await this.#move()
    return selectKeyPage(this.#host.storage.sql, after, limit, withRevoked)
  }

  /** The origins of all keys together. */
  async origins(): Promise<readonly string[]> {
    await this.#move()
    this.#origins ??= readOrigins(this.#host.storage.sql)
    return this.#origins
  }

  /** The names of keys, including revoked ones; of all keys if no ids are given. */
  async names(ids?: readonly string[]): Promise<KeyName[]> {
    await this.#move()
    return readNames(this.#host.storage.sql, ids)
  }

  /** The most recently used keys, including revoked ones, and the total number of keys. */
  async recent(limit: number): Promise<{ keys: KeyName[]; of: number }> {
    await this.#move()
    return readRecent(this.#host.storage.sql, limit)
  }

  /** Records when a key was last used. */
  used(id: string, lastUsedMs: number): void {
    noteUse(this.#host.storage.sql, id, lastUsedMs)
  }

  /** Retries failed KV writes, and continues to move keys from KV. */
  async catchUp(nowMs: number): Promise<void> {
    const { sql } = this.#host.storage
    await this.#move().catch(() => undefined)
    const pending = readPending(sql, KEYS_AN_ALARM)
    const results = await Promise.allSettled(pending.map((stored) => this.#copy(stored, nowMs)))
    const isDone = results.every(({ status }) => status === 'fulfilled')
    if (readPending(sql, 1).length > 0) this.#host.wakeAt(nowMs + (isDone ? 0 : KV_RETRY_MS))
  }

  /** A KV list may lag, so a key created just before the move may not have been moved. */
  async #adopt(id: string): Promise<void> {
    const { storage, kv } = this.#host
    if (!selectKey(storage.sql, id)) await adoptKeys(storage.sql, kv, [id])
  }

  /** Moves the keys of a deployment that stored them only in KV. */
  async #move(): Promise<void> {
    const { storage, kv, wakeAt } = this.#host
    const move = readMove(storage.sql)
    if (move.isDone) return
    const { isDone } = await moveStep(storage.sql, kv, move)
    this.#origins = undefined
    if (isDone) return
    wakeAt(Date.now())
    throw new Error('The keys are being moved from KV.')
  }

  #withGeneration(record: KeyRecord, nowMs: number): KeyRecord {
    const scope = record.cache?.scope
    const sharing = scope === undefined ? [] : readScope(this.#host.storage.sql, scope)
    const others = sharing.map((stored) => stored.record).filter(({ id }) => id !== record.id)
    return { ...record, cache_generation: enteredGeneration(scope, others, nowMs) }
  }

  #write(stored: StoredKey): void {
    writeKey(this.#host.storage.sql, stored)
    this.#origins = undefined
  }

  /** Writes the entries of a key to KV, no sooner than KV accepts them; a waiting write includes later changes. */
  async #copy(stored: StoredKey, nowMs: number): Promise<void> {
    const { kv, wakeAt } = this.#host
    const { id } = stored.record
    try {
      await writeRevocation(kv, stored)
      const writing = this.#waiting.get(id) ?? this.#copyInTurn(stored, nowMs)
      this.#waiting.set(id, writing)
      await writing
    } catch (thrown) {
      wakeAt(Date.now() + KV_RETRY_MS)
      throw thrown
    }
  }

  async #copyInTurn(stored: StoredKey, nowMs: number): Promise<void> {
    const { storage, kv, sleep } = this.#host
    const { id } = stored.record
    const waitMs = (this.#writtenMs.get(id) ?? 0) + KV_WRITE_INTERVAL_MS - nowMs
    this.#writtenMs.set(id, nowMs + Math.max(0, waitMs))
    if (this.#writtenMs.size > 1000) this.#writtenMs.clear()
    await (waitMs > 0 ? sleep(waitMs) : Promise.resolve())
    // A later change may be missed by this write, so it needs its own.
    this.#waiting.delete(id)
    const newest = selectKey(storage.sql, id) ?? stored
    await writeEntries(kv, newest)
    markWritten(storage.sql, newest)
  }
}

function changedOrRefused(record: KeyRecord, change: KeyChange, nowMs: number): Changed {
  try {
    return { record: changedRecord(record, change, nowMs) }
  } catch (thrown) {
    // An error thrown across RPC is no longer a GatewayError, so the refusal is returned.
    if (!(thrown instanceof GatewayError)) throw thrown
    return { refused: { message: thrown.message, param: thrown.param ?? '' } }
  }
}
