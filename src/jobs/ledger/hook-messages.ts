import type { Config } from '../../config.ts'
import { textOf } from '../../lib/json/utf8.ts'
import { makeId } from '../../lib/random.ts'
import type { NewJob } from '../job.ts'
import { readBody } from './bodies-table.ts'
import { insertDelivery } from './deliveries-table.ts'
import {
  eventHost,
  hookEventOfJob,
  type NewHookEvent,
  readHookEvent,
  settleHookEvent,
} from './hook-events-table.ts'
import { readJob, type StoredJob } from './jobs-table.ts'

/** The name under which src/hooks registers its sender. */
export const HOOK_SENDER = 'hook'

/** The messages for the sender of hooks. `event` is JSON. */
export type HookMessage =
  /** The event was accepted: send `text` while the model works. */
  | { kind: 'ack'; event: string; text: string }
  /** The job has ended; `response` is DashScope's response as text, empty if there is none. */
  | {
      kind: 'result'
      event: string
      createdMs: number
      endedMs: number
      succeeded: boolean
      response: string
    }

/** A longer response is not sent to a chat. */
const MAX_REPLY_BYTES = 1024 * 1024

/** The name under which src/hooks registers the sender that creates the job of an event. */
export const EVENT_SENDER = 'hook-event'

/** Seconds between attempts to create the job of an event whose request ended early. */
export const EVENT_RETRIES: readonly number[] = [5, 30, 300, 1800, 7200]

/** How long the outbox waits for the request that stored an event to create its job. */
const EVENT_GRACE_MS = 5000

/**
 * Puts a new event into the outbox. Normally the request that stored the event creates its job and removes the event
 * from the outbox. If that request ends early, the outbox creates the job, so that every acknowledged event is
 * answered (promise P8).
 */
export function handEvent(sql: SqlStorage, entry: NewHookEvent, nowMs: number): void {
  const { id, hook, origin } = entry
  insertDelivery(sql, {
    id: deliveryOf(id),
    job: null,
    event: 'hook.event',
    message: `msg_${id}`,
    destination: { kind: 'sender', sender: EVENT_SENDER, data: hook },
    url: '',
    host: eventHost(hook),
    origin,
    // The event itself is stored in another table.
    payload: JSON.stringify({ id }),
    status: 'pending',
    budget: EVENT_RETRIES.length + 1,
    createdMs: nowMs,
    firstMs: nowMs + EVENT_GRACE_MS,
  })
}

/** Removes an event from the outbox after it got a job or was refused. */
export function withdrawEvent(sql: SqlStorage, event: string): void {
  sql.exec('DELETE FROM tries WHERE delivery = ?', deliveryOf(event))
  sql.exec('DELETE FROM deliveries WHERE id = ?', deliveryOf(event))
}

function deliveryOf(event: string): string {
  return event.replace(/^hev_/, 'dlv_')
}

/** The existing job for the event of a new job, since a slow request and the outbox may both create one. */
export function jobForEvent(sql: SqlStorage, { hook }: NewJob): string | undefined {
  if (!hook || hook.isReplay) return undefined
  return readHookEvent(sql, hook.event)?.job ?? undefined
}

/** Assigns a new job to its event, and schedules the hook's acknowledgement. */
export function assignEvent(sql: SqlStorage, job: NewJob, nowMs: number, config: Config): void {
  if (!job.hook) return
  const { id, event, ackText } = job.hook
  settleHookEvent(sql, event, { job: job.id })
  withdrawEvent(sql, event)
  const stored = readHookEvent(sql, event)
  if (ackText === null || !stored) return
  const message: HookMessage = { kind: 'ack', event: stored.event, text: ackText }
  const target = { job: job.id, hook: id, origin: job.origin }
  hand(sql, target, 'hook.ack', `msg_${job.id}_ack`, message, nowMs, config)
}

/** Puts the result of a hook's job into the outbox; the hook's sender sends the reply. */
export function handResult(sql: SqlStorage, job: StoredJob, nowMs: number, config: Config): void {
  const found = job.hook === null ? undefined : hookEventOfJob(sql, job.id)
  if (!found) return
  const message: HookMessage = {
    kind: 'result',
    event: found.event,
    createdMs: job.createdMs,
    endedMs: nowMs,
    succeeded: readJob(sql, job.id)?.status === 'succeeded',
    response: textOf(readBody(sql, job.id, 'response').subarray(0, MAX_REPLY_BYTES)),
  }
  const target = { job: job.id, hook: found.hook, origin: job.origin }
  const run = job.runs > 1 ? `_${job.runs}` : ''
  hand(sql, target, 'hook.reply', `msg_${job.id}_reply${run}`, message, nowMs, config)
}

function hand(
  sql: SqlStorage,
  { job, hook, origin }: { job: string; hook: string; origin: string },
  event: 'hook.ack' | 'hook.reply',
  id: string,
  message: HookMessage,
  nowMs: number,
  config: Config,
): void {
  insertDelivery(sql, {
    id: makeId('dlv'),
    job,
    event,
    message: id,
    destination: { kind: 'sender', sender: HOOK_SENDER, data: hook },
    url: '',
    host: hook,
    origin,
    payload: JSON.stringify(message),
    status: 'pending',
    budget: config.webhooks.replyRetries.length + 1,
    createdMs: nowMs,
  })
}
