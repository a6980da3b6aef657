import { DurableObject } from 'cloudflare:workers'
import type { Env } from '../../config.ts'
import { Directory } from '../../keys/directory/directory.ts'
import { createKeyTables, type StoredKey } from '../../keys/directory/rows.ts'
import { runMigrations } from '../../lib/migrations.ts'
import type { KeyRecord } from '../../policy/key-record.ts'

/** What must be true now across all keys: one object for the whole deployment. */
export class Registry extends DurableObject<Env> {
  readonly #directory: Directory

  constructor(context: DurableObjectState, env: Env) {
    super(context, env)
    runMigrations(context.storage, [createKeyTables])
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

  change(record: KeyRecord, version: number, nowMs: number): Promise<KeyRecord | undefined> {
    return this.#directory.change(record, version, nowMs)
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

  origins(): Promise<readonly string[]> {
    return this.#directory.origins()
  }

  override alarm(): Promise<void> {
    return this.#directory.catchUp(Date.now())
  }
}
