import { type Config, type Env, readConfig } from '../../config.ts'
import { deliver, type TryResult, tryResult } from '../deliver.ts'
import { pauseAfter, roomAt } from '../destination-pause.ts'
import type { OperatorEvent } from '../job.ts'
import { nextTryMs } from '../schedule.ts'
import { senderNamed } from '../senders.ts'
import { dueDeliveries, recordTry, type StoredDelivery } from './deliveries-table.ts'
import { disableEndpoint, noteEndpointTry, readEndpoint } from './endpoints-table.ts'
import { readPause, writePause } from './pauses-table.ts'
import type { SigningSecrets } from './signing-secrets.ts'

/** Messages read at a time. */
const BATCH = 100

/** The error of a message that cannot be signed. It is retried as usual, and can be redelivered. */
const LOCKED = 'The signing secret cannot be decrypted, because ADMIN_TOKEN was changed. Rotate the secret.'

/** Sends the messages of a ledger: selects due messages, sends them and records the results. */
export class Mailer {
  readonly #storage: DurableObjectStorage
  readonly #env: Env
  readonly #secrets: SigningSecrets
  /** The id of the key of this ledger, or the operator's name. */
  readonly #owner: string
  /** The hosts of messages that are being sent. */
  readonly #underWay = new Map<string, string>()

  constructor({ storage, id }: DurableObjectState, env: Env, secrets: SigningSecrets) {
    this.#storage = storage
    this.#owner = id.name ?? ''
    this.#env = env
    this.#secrets = secrets
  }

  get #sql(): SqlStorage {
    return this.#storage.sql
  }

  get #config(): Config {
    return readConfig(this.#env)
  }

  /** Messages that may be sent now. Messages for a paused host wait for its next attempt. */
  sendable(nowMs: number): StoredDelivery[] {
    const counts = new Map<string, number>()
    for (const host of this.#underWay.values()) counts.set(host, (counts.get(host) ?? 0) + 1)
    return dueDeliveries(this.#sql, nowMs, BATCH).filter(({ id, host }) => {
      if (this.#underWay.has(id)) return false
      const pause = readPause(this.#sql, host)
      const count = counts.get(host) ?? 0
      if (roomAt(pause, count, nowMs) > 0) {
        counts.set(host, count + 1)
        return true
      }
      if (pause.nextMs > 0) {
        const nextMs = Math.max(pause.nextMs, nowMs + 1000)
        this.#sql.exec('UPDATE deliveries SET next_ms = ? WHERE id = ?', nextMs, id)
      }
      return false
    })
  }

  /** Sends a message once and records the attempt. Until then the message stays due. */
  async send(delivery: StoredDelivery): Promise<void> {
    this.#underWay.set(delivery.id, delivery.host)
    try {
      const result = await this.#try(delivery)
      this.#storage.transactionSync(() => this.#record(delivery, result))
    } finally {
      this.#underWay.delete(delivery.id)
    }
  }

  async #try(delivery: StoredDelivery): Promise<TryResult> {
    const { destination, origin } = delivery
    if (destination.kind === 'sender') {
      const sender = senderNamed(destination.sender)
      return sender?.send(this.#env, delivery) ?? undeliverable('This gateway has no sender for the message.')
    }
    const endpoint =
      destination.kind === 'endpoint' ? readEndpoint(this.#sql, destination.endpoint) : undefined
    if (destination.kind === 'endpoint') {
      if (!endpoint) return undeliverable('The endpoint was deleted.')
      // A test may be sent to a disabled endpoint.
      if (endpoint.disabled && delivery.event !== 'edge.test')
        return undeliverable('The endpoint is disabled.')
    }
    const { webhooks, publicUrls } = this.#config
    const secrets = this.#secrets.valid(endpoint?.id ?? '', Date.now())
    if (!secrets) return tryResult(Date.now(), { error: LOCKED })
    return deliver({
      url: endpoint?.url ?? delivery.url,
      message: delivery.message,
      payload: delivery.payload,
      secrets: secrets.map(({ secret }) => secret),
      attempt: delivery.tries + 1,
      timeoutMs: webhooks.timeoutMs,
      rules: { allowLoopback: webhooks.allowLoopback, ownOrigins: [origin, ...publicUrls] },
    })
  }

  #record(delivery: StoredDelivery, result: TryResult): void {
    const sql = this.#sql
    const nowMs = Date.now()
    const succeeded = result.outcome === 'delivered'
    const before = readPause(sql, delivery.host)
    writePause(sql, delivery.host, pauseAfter(before, succeeded, nowMs))
    if (succeeded && before.nextMs > 0) {
      sql.exec(
        'UPDATE deliveries SET next_ms = ? WHERE host = ? AND next_ms > ?',
        nowMs,
        delivery.host,
        nowMs,
      )
    }
    const nextMs = succeeded || result.outcome === 'gone' ? undefined : this.#nextTry(delivery, result, nowMs)
    const status = succeeded ? 'delivered' : nextMs === undefined ? 'dead' : 'pending'
    recordTry(sql, delivery.id, result, { status, nextMs: nextMs ?? null })
    this.#noteEndpoint(delivery, result, nowMs)
    // If a report of a dead message is dead itself, it is not reported, since that would go to the same endpoint.
    const isReported = delivery.budget > 1 && delivery.event !== 'delivery.dead'
    if (status === 'dead' && isReported) this.#notify('delivery.dead', describe(delivery, result))
  }

  #nextTry(delivery: StoredDelivery, { retryAfterMs }: TryResult, nowMs: number): number | undefined {
    const { destination, budget } = delivery
    const tries = delivery.tries + 1
    if (tries >= budget) return undefined
    const sender = destination.kind === 'sender' ? senderNamed(destination.sender) : undefined
    const retries = sender?.retries(this.#env) ?? this.#config.webhooks.retries
    return nextTryMs({ tries, retries, nowMs, retryAfterMs, random: Math.random() })
  }

  #noteEndpoint({ destination, url }: StoredDelivery, { outcome, status }: TryResult, nowMs: number): void {
    if (destination.kind !== 'endpoint') return
    const { endpoint } = destination
    const isOff = noteEndpointTry(this.#sql, endpoint, outcome === 'delivered', nowMs) || status === 410
    if (!isOff) return
    disableEndpoint(this.#sql, endpoint)
    const reason = status === 410 ? 'The receiver answered 410.' : 'Every attempt in 120 hours failed.'
    this.#notify('endpoint.disabled', { endpoint, url, reason })
  }

  #notify(event: OperatorEvent, data: Record<string, unknown>): void {
    const text = JSON.stringify({ key: this.#owner, ...data })
    this.#sql.exec('INSERT INTO notices (event, data) VALUES (?, ?)', event, text)
  }
}

function undeliverable(error: string): TryResult {
  return tryResult(Date.now(), { error, outcome: 'gone' })
}

function describe(delivery: StoredDelivery, { error }: TryResult): Record<string, unknown> {
  const { id, job, event, url, tries } = delivery
  return { delivery: id, job, event, url, tries: tries + 1, error }
}
