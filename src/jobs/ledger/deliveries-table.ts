import { isoOf } from '../job.ts'
import { type Condition, selectPage } from './page.ts'

export type DeliveryStatus = 'pending' | 'delivered' | 'dead'

/** The destination of a message: a URL, one of the key's endpoints, or a registered sender. */
export type Destination =
  | { kind: 'url' }
  | { kind: 'endpoint'; endpoint: string }
  | { kind: 'sender'; sender: string; data: string }

/** A message and its delivery state. */
export interface StoredDelivery {
  sequence: number
  id: string
  /** Null for events of the operator and tests of endpoints. */
  job: string | null
  event: string
  /** `webhook-id`: the same for every attempt. */
  message: string
  destination: Destination
  url: string
  host: string
  /** The gateway's origin; messages to it are refused. */
  origin: string
  payload: string
  status: DeliveryStatus
  tries: number
  /** The number of attempts after which it is dead. */
  budget: number
  nextMs: number | null
  createdMs: number
}

export type NewDelivery = Omit<StoredDelivery, 'sequence' | 'tries' | 'status' | 'nextMs'> & {
  /** A message for a disabled endpoint is dead at once; it can be redelivered later. */
  status: 'pending' | 'dead'
  /** The time of the first attempt; undefined: now. */
  firstMs?: number
}

/** One delivery attempt. */
export interface Try {
  atMs: number
  milliseconds: number
  /** The receiver's status; null if there was no response. */
  status: number | null
  /** What went wrong; null for a success. */
  error: string | null
  /** The first kilobyte of the response. */
  answer: string
}

export function insertDelivery(sql: SqlStorage, delivery: NewDelivery): void {
  sql.exec(
    `INSERT INTO deliveries (id, job, event, message, destination, url, host, origin, payload, status, tries, budget,
       next_ms, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`,
    delivery.id,
    delivery.job,
    delivery.event,
    delivery.message,
    JSON.stringify(delivery.destination),
    delivery.url,
    delivery.host,
    delivery.origin,
    delivery.payload,
    delivery.status,
    delivery.budget,
    delivery.status === 'pending' ? (delivery.firstMs ?? delivery.createdMs) : null,
    delivery.createdMs,
  )
}

/**
 * Messages that are due, oldest first. A message of a job waits until every earlier one of that job was attempted, so
 * that progress is never reported after the end.
 */
export function dueDeliveries(sql: SqlStorage, nowMs: number, most: number): StoredDelivery[] {
  return sql
    .exec(
      `SELECT * FROM deliveries AS mine WHERE next_ms <= ? AND NOT EXISTS (
         SELECT 1 FROM deliveries AS earlier WHERE earlier.job = mine.job AND earlier.sequence < mine.sequence
           AND earlier.status = 'pending' AND earlier.tries = 0)
       ORDER BY next_ms, sequence LIMIT ?`,
      nowMs,
      most,
    )
    .toArray()
    .map(deliveryFrom)
}

export function readDelivery(sql: SqlStorage, id: string): StoredDelivery | undefined {
  return sql.exec('SELECT * FROM deliveries WHERE id = ?', id).toArray().map(deliveryFrom)[0]
}

/** Records an attempt and the new state of the message. */
export function recordTry(
  sql: SqlStorage,
  id: string,
  made: Try,
  after: { status: DeliveryStatus; nextMs: number | null },
): void {
  sql.exec(
    `INSERT INTO tries SELECT id, tries + 1, ?, ?, ?, ?, ? FROM deliveries WHERE id = ?`,
    made.atMs,
    made.milliseconds,
    made.status,
    made.error,
    made.answer,
    id,
  )
  const update = 'UPDATE deliveries SET tries = tries + 1, status = ?, next_ms = ? WHERE id = ?'
  sql.exec(update, after.status, after.nextMs, id)
}

/** The filter of a list of deliveries. */
export interface DeliveryFilter {
  status: DeliveryStatus | undefined
  job?: string | undefined
  sinceMs: number | undefined
  untilMs: number | undefined
  limit: number
  before?: number | undefined
}

/** One page of deliveries, newest first. */
export function selectDeliveries(sql: SqlStorage, filter: DeliveryFilter): StoredDelivery[] {
  const conditions: Condition[] = [
    ['status = ?', filter.status],
    ['job = ?', filter.job],
    ['created_ms >= ?', filter.sinceMs],
    ['created_ms < ?', filter.untilMs],
    ['sequence < ?', filter.before],
  ]
  return selectPage(sql, 'deliveries', conditions, filter.limit).map(deliveryFrom)
}

/** Schedules one more attempt of a message, whatever its state; if that fails, the message is dead again. */
export function redeliver(sql: SqlStorage, id: string, nowMs: number): void {
  const update = `UPDATE deliveries SET status = 'pending', next_ms = ?, budget = tries + 1 WHERE id = ?`
  sql.exec(update, nowMs, id)
}

/** A delivery in the API. */
export function deliveryRecord(sql: SqlStorage, { id, job, event, message, ...delivery }: StoredDelivery) {
  const tries = sql.exec('SELECT * FROM tries WHERE delivery = ? ORDER BY number', id).toArray()
  return {
    id,
    job,
    event,
    webhook_id: message,
    url: delivery.url,
    status: delivery.status,
    tries: tries.map((row) => ({
      at: isoOf(Number(row.at_ms)),
      milliseconds: Number(row.milliseconds),
      status: row.status as number | null,
      error: row.error as string | null,
      answer: String(row.answer),
    })),
    next_at: isoOf(delivery.nextMs),
  }
}

export type DeliveryRecord = ReturnType<typeof deliveryRecord>

/** Deletes the messages of a job, or all expired messages that are not pending. */
export function deleteDeliveries(
  sql: SqlStorage,
  which: { job: string } | { deliveredBeforeMs: number; deadBeforeMs: number },
): void {
  const [where, ...values] =
    'job' in which
      ? (['job = ?', which.job] as const)
      : ([
          `(status = 'delivered' AND created_ms < ?) OR (status = 'dead' AND created_ms < ?)`,
          which.deliveredBeforeMs,
          which.deadBeforeMs,
        ] as const)
  sql.exec(`DELETE FROM tries WHERE delivery IN (SELECT id FROM deliveries WHERE ${where})`, ...values)
  sql.exec(`DELETE FROM deliveries WHERE ${where}`, ...values)
}

function deliveryFrom(row: Record<string, SqlStorageValue>): StoredDelivery {
  return {
    sequence: Number(row.sequence),
    id: String(row.id),
    job: row.job === null ? null : String(row.job),
    event: String(row.event),
    message: String(row.message),
    destination: JSON.parse(String(row.destination)),
    url: String(row.url),
    host: String(row.host),
    origin: String(row.origin),
    payload: String(row.payload),
    status: row.status as DeliveryStatus,
    tries: Number(row.tries),
    budget: Number(row.budget),
    nextMs: row.next_ms === null ? null : Number(row.next_ms),
    createdMs: Number(row.created_ms),
  }
}
