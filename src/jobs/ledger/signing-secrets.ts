import type { SecretBox } from '../../lib/secret-box.ts'
import { isoOf } from '../job.ts'
import { makeSecret, SECRET_PREFIX } from '../signature.ts'

/** Separates the key from any other use of ADMIN_TOKEN. */
export const SIGNING_PURPOSE = 'dashscope-edge signing secrets 1'

/** A rotated secret stays valid with the new one for a day, unless the caller says otherwise. */
export const DEFAULT_OVERLAP_SECONDS = 86_400

/** A valid signing secret. */
export interface SecretRecord {
  secret: string
  created_at: string
  expires_at: string | null
}

/**
 * The signing secrets of a ledger, encrypted with ADMIN_TOKEN: those of each endpoint, and those for plain URLs,
 * whose owner is an empty text.
 */
export class SigningSecrets {
  readonly #sql: SqlStorage
  readonly #box: SecretBox
  readonly #ledger: string

  /** @param ledger the id of the Durable Object; each ciphertext is bound to it. */
  constructor(sql: SqlStorage, box: SecretBox, ledger: string) {
    this.#sql = sql
    this.#box = box
    this.#ledger = ledger
  }

  /**
   * The valid secrets of an owner, newest first; creates the first one.
   *
   * @returns undefined if none can be decrypted: ADMIN_TOKEN is not set, or has changed twice since.
   */
  valid(owner: string, nowMs: number): SecretRecord[] | undefined {
    this.#sql.exec('DELETE FROM secrets WHERE expires_ms <= ?', nowMs)
    if (this.#rowsOf(owner).length === 0) this.#insert(owner, this.#sealNew(owner), nowMs)
    const secrets = this.#rowsOf(owner).flatMap((row) => {
      const secret = this.#open(row)
      if (secret === undefined) return []
      const { created_ms: createdMs, expires_ms: expiresMs } = row
      return [{ secret, created_at: isoOf(Number(createdMs)), expires_at: isoOf(expiresMs as number | null) }]
    })
    return secrets.length > 0 ? secrets : undefined
  }

  /**
   * Adds a new secret and lets the previous one expire later; older ones are deleted at once, so that at most two are
   * valid.
   *
   * @returns undefined without ADMIN_TOKEN; then nothing changes.
   */
  rotate(owner: string, overlapSeconds: number, nowMs: number): SecretRecord[] | undefined {
    const sealed = this.#sealNew(owner)
    if (sealed === undefined) return undefined
    const newest = overlapSeconds > 0 ? this.#rowsOf(owner)[0]?.sequence : undefined
    this.#sql.exec('DELETE FROM secrets WHERE owner = ? AND sequence IS NOT ?', owner, newest ?? null)
    this.#sql.exec('UPDATE secrets SET expires_ms = ? WHERE owner = ?', nowMs + overlapSeconds * 1000, owner)
    this.#insert(owner, sealed, nowMs)
    return this.valid(owner, nowMs)
  }

  forget(owner: string): void {
    this.#sql.exec('DELETE FROM secrets WHERE owner = ?', owner)
  }

  /**
   * Encrypts secrets that an earlier version stored in plain text. Without ADMIN_TOKEN this happens when a secret is
   * used.
   */
  sealAll(): void {
    for (const row of this.#sql.exec('SELECT * FROM secrets').toArray()) this.#open(row)
  }

  /** How many secrets cannot be decrypted. */
  countLocked(): number {
    const rows = this.#sql.exec('SELECT * FROM secrets').toArray()
    return rows.filter((row) => this.#open(row) === undefined).length
  }

  #rowsOf(owner: string): Record<string, SqlStorageValue>[] {
    return this.#sql.exec('SELECT * FROM secrets WHERE owner = ? ORDER BY sequence DESC', owner).toArray()
  }

  /**
   * Decrypts a stored secret; one in plain text, or encrypted with the previous token, is encrypted again and stored.
   */
  #open({ sequence, owner, secret: stored }: Record<string, SqlStorageValue>): string | undefined {
    const label = this.#labelOf(String(owner))
    const text = String(stored)
    const opened = text.startsWith(SECRET_PREFIX) ? { text, isCurrent: false } : this.#box.open(text, label)
    if (opened?.isCurrent === false) {
      const sealed = this.#box.seal(opened.text, label)
      if (sealed) this.#sql.exec('UPDATE secrets SET secret = ? WHERE sequence = ?', sealed, sequence)
    }
    return opened?.text
  }

  #sealNew(owner: string): string | undefined {
    return this.#box.seal(makeSecret(), this.#labelOf(owner))
  }

  /** Without ADMIN_TOKEN no secret is created, since it would have to be stored in plain text. */
  #insert(owner: string, sealed: string | undefined, nowMs: number): void {
    if (sealed === undefined) return
    const insert = 'INSERT INTO secrets (owner, secret, created_ms, expires_ms) VALUES (?, ?, ?, NULL)'
    this.#sql.exec(insert, owner, sealed, nowMs)
  }

  #labelOf(owner: string): string {
    return `${this.#ledger} ${owner}`
  }
}
