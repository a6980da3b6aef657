import type { TableStorage } from '../../lib/migrations.ts'
import type { KeyRecord } from '../../policy/key-record.ts'
import { enteredGeneration, purgedGeneration } from '../cache-generation.ts'
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
  selectPage,
  writeKey,
} from './rows.ts'

/** KV takes one write a second for each entry (Workers KV limits). */
const KV_WRITE_INTERVAL_MS = 1100

/** A write that KV did not take is tried again after this long. */
const KV_RETRY_MS = 2000

/** Entries of so many keys are written by one alarm; each takes two to four operations, and the Free plan allows 50. */
const KEYS_AN_ALARM = 12

/** What a directory needs of the object it is in. */
export interface DirectoryHost {
  storage: TableStorage
  kv: KVNamespace
  /** Has `catchUp` called at a moment. */
  wakeAt: (atMs: number) => void
  sleep: (ms: number) => Promise<void>
}

/**
 * All client keys, strongly consistent: what must be true at once, where KV may lag a minute. Its rows are the truth; the
 * entries in KV, which requests read, are copies that follow. What KV does not take is written again until it does.
 */
export class Directory {
  readonly #host: DirectoryHost
  /** When the entries of a key were last written. */
  readonly #writtenMs = new Map<string, number>()
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
      // The caller never sees this key.
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
   * Replaces the record of a key.
   *
   * @param version of the record that the change was made to.
   * @returns undefined if the key has been changed or revoked since.
   */
  async change(record: KeyRecord, version: number, nowMs: number): Promise<KeyRecord | undefined> {
    await this.#adopt(record.id)
    const before = selectKey(this.#host.storage.sql, record.id)
    if (before?.version !== version || before.revokedMs !== undefined) return undefined
    const isMoved = record.cache?.scope !== before.record.cache?.scope
    const changed = isMoved ? this.#withGeneration(record, nowMs) : record
    const stored = { record: changed, hash: before.hash, version: version + 1 }
    this.#write(stored)
    await this.#copy(stored, nowMs)
    if (before.record.disabled && !changed.disabled) await deleteDisabledEntry(this.#host.kv, record.id)
    return stored.record
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
   * Puts the cached responses of a key out of reach, and with them those of every key that shares its scope.
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
    return selectPage(this.#host.storage.sql, after, limit, withRevoked)
  }

  /** The origins of all keys together. */
  async origins(): Promise<readonly string[]> {
    await this.#move()
    this.#origins ??= readOrigins(this.#host.storage.sql)
    return this.#origins
  }

  /** The names of keys, also of revoked ones; of all if no ids are given. */
  async names(ids?: readonly string[]): Promise<KeyName[]> {
    await this.#move()
    return readNames(this.#host.storage.sql, ids)
  }

  /** The keys that were used last, also revoked ones, and how many keys there are. */
  async recent(limit: number): Promise<{ keys: KeyName[]; of: number }> {
    await this.#move()
    return readRecent(this.#host.storage.sql, limit)
  }

  /** Notes when a key was used last. */
  used(id: string, lastUsedMs: number): void {
    noteUse(this.#host.storage.sql, id, lastUsedMs)
  }

  /** Writes entries that KV did not accept before, and continues to move keys from KV. */
  async catchUp(nowMs: number): Promise<void> {
    const { sql } = this.#host.storage
    await this.#move().catch(() => undefined)
    const pending = readPending(sql, KEYS_AN_ALARM)
    const results = await Promise.allSettled(pending.map((stored) => this.#copy(stored, nowMs)))
    const isDone = results.every(({ status }) => status === 'fulfilled')
    if (readPending(sql, 1).length > 0) this.#host.wakeAt(nowMs + (isDone ? 0 : KV_RETRY_MS))
  }

  /** A list of KV may lag, so a key that was made just before the move may be missing in what was taken over. */
  async #adopt(id: string): Promise<void> {
    const { storage, kv } = this.#host
    if (!selectKey(storage.sql, id)) await adoptKeys(storage.sql, kv, [id])
  }

  /** Takes over the keys of a deployment that had them in KV alone. */
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

  /** Writes the entries of a key to KV, no sooner than KV takes them. */
  async #copy(stored: StoredKey, nowMs: number): Promise<void> {
    const { storage, kv, wakeAt, sleep } = this.#host
    const { id } = stored.record
    const waitMs = (this.#writtenMs.get(id) ?? 0) + KV_WRITE_INTERVAL_MS - nowMs
    this.#writtenMs.set(id, nowMs + Math.max(0, waitMs))
    try {
      await writeRevocation(kv, stored)
      if (waitMs > 0) await sleep(waitMs)
      // The row may have changed while this one waited for its turn; KV then gets the newer one.
      await writeEntries(kv, selectKey(storage.sql, id) ?? stored)
      markWritten(storage.sql, stored)
    } catch (thrown) {
      wakeAt(Date.now() + KV_RETRY_MS)
      throw thrown
    } finally {
      if (this.#writtenMs.size > 1000) this.#writtenMs.clear()
    }
  }
}
