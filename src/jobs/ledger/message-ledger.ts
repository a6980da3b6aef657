import { readConfig } from '../../config.ts'
import { makeId } from '../../lib/random.ts'
import { hostOf } from '../destination.ts'
import { type OperatorEvent, wants } from '../job.ts'
import { eventPayload } from '../message.ts'
import type { HandedMessage } from '../senders.ts'
import {
  type DeliveryFilter,
  type DeliveryRecord,
  deliveryRecord,
  insertDelivery,
  readDelivery,
  redeliver,
  selectDeliveries,
} from './deliveries-table.ts'
import {
  deleteEndpointRow,
  type EndpointRecord,
  endpointRecord,
  insertEndpoint,
  readEndpoint,
  type StoredEndpoint,
  selectEndpoints,
} from './endpoints-table.ts'
import { type LedgerHealth, ledgerHealth } from './health.ts'
import { LedgerBase } from './ledger-base.ts'
import { claim, releaseClaim } from './seen-table.ts'
import type { SecretRecord } from './signing-secrets.ts'

/** Maximum number of endpoints of a key. */
const MAX_ENDPOINTS = 20

/** Maximum number of messages that one call redelivers. */
const MAX_REDELIVERED = 1000

/** The part of a ledger for messages: endpoints, secrets, deliveries and claims. */
export class MessageLedger extends LedgerBase {
  /**
   * Claims a name for some time. Returns undefined to the first caller, and the first caller's value to all others.
   */
  claim(scope: string, id: string, value: string, lifetimeMs: number): string | undefined {
    const nowMs = Date.now()
    return claim(this.sql, scope, id, value, nowMs, nowMs + lifetimeMs)
  }

  /** Releases a claim early, so that the next caller can claim the name. */
  releaseClaim(scope: string, id: string): void {
    releaseClaim(this.sql, scope, id)
  }

  endpoints(): EndpointRecord[] {
    return selectEndpoints(this.sql).map(endpointRecord)
  }

  endpoint(id: string): EndpointRecord | undefined {
    const found = readEndpoint(this.sql, id)
    return found && endpointRecord(found)
  }

  /** Saves a new endpoint; undefined if the key has the maximum number. */
  addEndpoint(
    fields: Pick<StoredEndpoint, 'url' | 'events' | 'disabled' | 'payload'>,
  ): EndpointRecord | undefined {
    return this.change((nowMs) => {
      if (selectEndpoints(this.sql).length >= MAX_ENDPOINTS) return undefined
      const endpoint: StoredEndpoint = { ...fields, id: makeId('ep'), createdMs: nowMs, failingMs: null }
      insertEndpoint(this.sql, endpoint)
      return endpointRecord(endpoint)
    })
  }

  /** Changes an endpoint; enabling it again resets its failures. */
  changeEndpoint(
    id: string,
    change: Partial<Pick<StoredEndpoint, 'url' | 'events' | 'disabled' | 'payload'>>,
  ): EndpointRecord | undefined {
    return this.change(() => {
      const before = readEndpoint(this.sql, id)
      if (!before) return undefined
      insertEndpoint(this.sql, { ...before, ...change })
      return this.endpoint(id)
    })
  }

  removeEndpoint(id: string): boolean {
    return this.change(() => {
      if (!readEndpoint(this.sql, id)) return false
      deleteEndpointRow(this.sql, id)
      this.signing.forget(id)
      return true
    })
  }

  /**
   * Signing secrets, newest first: of an endpoint, or of the key if `owner` is empty. Undefined for an unknown
   * endpoint.
   */
  secrets(owner: string): SecretRecord[] | 'locked' | undefined {
    if (owner !== '' && !readEndpoint(this.sql, owner)) return undefined
    return this.signing.valid(owner, Date.now()) ?? 'locked'
  }

  rotate(owner: string, overlapSeconds: number): SecretRecord[] | 'locked' | undefined {
    if (owner !== '' && !readEndpoint(this.sql, owner)) return undefined
    return this.signing.rotate(owner, overlapSeconds, Date.now()) ?? 'locked'
  }

  deliveries(filter: DeliveryFilter): { record: DeliveryRecord; sequence: number }[] {
    return selectDeliveries(this.sql, filter).map((delivery) => ({
      record: deliveryRecord(this.sql, delivery),
      sequence: delivery.sequence,
    }))
  }

  /** Sends one message again, with the same id; undefined for an unknown one. */
  redeliver(id: string): DeliveryRecord | undefined {
    return this.change((nowMs) => {
      if (!readDelivery(this.sql, id)) return undefined
      redeliver(this.sql, id, nowMs)
      const delivery = readDelivery(this.sql, id)
      return delivery && deliveryRecord(this.sql, delivery)
    })
  }

  /**
   * Redelivers all messages with a status and in a time range; if there are too many, the newest ones. Returns their
   * number.
   */
  redeliverAll(which: Pick<DeliveryFilter, 'status' | 'sinceMs' | 'untilMs'>): number {
    return this.change((nowMs) => {
      const found = selectDeliveries(this.sql, { ...which, limit: MAX_REDELIVERED })
      for (const { id } of found) redeliver(this.sql, id, nowMs)
      return found.length
    })
  }

  /** Puts a message of another module into the outbox, such as a reply to a chat platform. */
  handOver(message: HandedMessage): string {
    return this.change((nowMs) => {
      const id = makeId('dlv')
      const host = hostOf(message.url)
      insertDelivery(this.sql, { ...message, id, host, status: 'pending', createdMs: nowMs })
      return id
    })
  }

  /** Sends `edge.test` to an endpoint, even if it is disabled. */
  testEndpoint(id: string, origin: string): DeliveryRecord | undefined {
    return this.change((nowMs) => {
      const endpoint = readEndpoint(this.sql, id)
      if (!endpoint) return undefined
      const delivery = this.#tell(endpoint, 'edge.test', { endpoint: id }, origin, 1, nowMs)
      const stored = readDelivery(this.sql, delivery)
      return stored && deliveryRecord(this.sql, stored)
    })
  }

  /**
   * Reports an event to every endpoint of this ledger that subscribes to it.
   *
   * @param once a name under which the event is reported only once within `lifetimeMs`; undefined: every time.
   */
  emit(
    event: OperatorEvent,
    data: Record<string, unknown>,
    origin: string,
    once?: { name: string; lifetimeMs: number },
  ): void {
    this.change((nowMs) => {
      if (once && claim(this.sql, event, once.name, '', nowMs, nowMs + once.lifetimeMs) !== undefined) return
      // Counted for a day, even if no endpoint subscribes to it.
      if (event === 'delivery.dead')
        claim(this.sql, 'dead', String(data.delivery), String(data.key ?? ''), nowMs, nowMs + 86_400_000)
      const tries = readConfig(this.env).webhooks.retries.length + 1
      for (const endpoint of selectEndpoints(this.sql)) {
        if (endpoint.disabled || !wants(endpoint.events, event)) continue
        this.#tell(endpoint, event, data, origin, tries, nowMs)
      }
    })
  }

  /** Reports an event of this key once: to the subscribed endpoints of the key and of the operator. */
  report(
    event: OperatorEvent,
    data: Record<string, unknown>,
    origin: string,
    once: { name: string; lifetimeMs: number },
  ): void {
    this.change((nowMs) => {
      if (claim(this.sql, event, once.name, '', nowMs, nowMs + once.lifetimeMs) !== undefined) return
      this.sql.exec('INSERT INTO notices (event, data) VALUES (?, ?)', event, JSON.stringify(data))
      this.emit(event, data, origin)
    })
  }

  health(nowMs: number): LedgerHealth {
    return { ...ledgerHealth(this.sql, nowMs), lockedSecrets: this.signing.countLocked() }
  }

  #tell(
    endpoint: StoredEndpoint,
    event: string,
    data: Record<string, unknown>,
    origin: string,
    budget: number,
    nowMs: number,
  ): string {
    const id = makeId('dlv')
    insertDelivery(this.sql, {
      id,
      job: null,
      event,
      message: `msg_${makeId('evt')}`,
      destination: { kind: 'endpoint', endpoint: endpoint.id },
      url: endpoint.url,
      host: hostOf(endpoint.url),
      origin,
      payload: eventPayload(event, nowMs, data),
      status: 'pending',
      budget,
      createdMs: nowMs,
    })
    return id
  }
}
