import type { Config } from '../../config.ts'
import { NO_USAGE } from '../../dashscope/usage.ts'
import { makeId } from '../../lib/random.ts'
import type { Ending } from '../../meter/settlement.ts'
import { hostOf } from '../destination.ts'
import {
  type FinalStatus,
  type HeaderFields,
  type JobError,
  type JobEvent,
  type JobRecord,
  PROGRESS_EVENTS,
  type WebhookTarget,
  wants,
} from '../job.ts'
import { jobPayload } from '../message.ts'
import {
  type JobSettlement,
  type RunEnd,
  reservedUsage,
  settlementOf,
  taskSettlementOf,
  usageIn,
} from '../settlement.ts'
import { readBody, writeBody } from './bodies-table.ts'
import { insertDelivery } from './deliveries-table.ts'
import { readEndpoint } from './endpoints-table.ts'
import { handResult } from './hook-messages.ts'
import { changeJob, readJob, recordOf, type StoredJob } from './jobs-table.ts'

/** DashScope deletes a task and the files at its URLs after 24 hours. */
const RESULT_LIFETIME_MS = 24 * 3_600_000

/** How a job ended. */
export interface JobEnd {
  status: FinalStatus
  /** DashScope's response, or the result of the task. */
  response?: { status: number; headers: HeaderFields; body: Uint8Array; home: string }
  error?: JobError
  /** Whether DashScope may have processed the request without reporting its usage. */
  charged?: boolean
}

/**
 * Ends a run of a job: stores the response, determines its usage, and puts the message about it into the outbox. Must
 * be called in a transaction.
 */
export function endJob(sql: SqlStorage, job: StoredJob, end: JobEnd, nowMs: number, config: Config): void {
  const { response, error } = end
  if (response) writeBody(sql, job.id, 'response', response.body)
  const used = response ? usageIn(response.body, response.status, job) : NO_USAGE
  const usage = end.charged ? reservedUsage(job.call) : used
  const isTask = job.taskId !== null && end.status === 'succeeded'
  const settled = { ...job, ...(response && { home: response.home }) }
  changeJob(sql, job.id, {
    status: end.status,
    endedMs: nowMs,
    usage,
    error: error ?? null,
    ...(response && { statusCode: response.status, headers: response.headers, home: response.home }),
    ...(isTask && { resultExpiresMs: nowMs + RESULT_LIFETIME_MS }),
    wakeMs: nowMs,
  })
  const settlement: JobSettlement | undefined = job.isSettledElsewhere
    ? taskSettlementOf(job, response?.body)
    : { kind: 'run', settlement: settlementOf(settled, runEndOf(end), usage, nowMs, config) }
  if (settlement) sql.exec('UPDATE jobs SET settlement = ? WHERE id = ?', JSON.stringify(settlement), job.id)
  announce(sql, job.id, `job.${end.status}`, nowMs, config)
  handResult(sql, job, nowMs, config)
}

function runEndOf(end: JobEnd): RunEnd {
  const { response, error } = end
  return { ending: endingOf(end), status: response?.status ?? 0, ...(error && { code: error.code }) }
}

function endingOf({ status, response, charged }: JobEnd): Ending {
  if (status === 'succeeded') return 'complete'
  if (status === 'canceled') return 'left'
  return response && !charged ? 'refused' : 'broken'
}

/** Puts the message about an event of a job into the outbox, if its webhook and endpoint subscribe to it. */
export function announce(sql: SqlStorage, id: string, event: JobEvent, nowMs: number, config: Config): void {
  const job = readJob(sql, id)
  if (!job?.webhook || !wants(job.webhook.events, event)) return
  const receiver = receiverOf(sql, job.webhook)
  if (receiver.endpoint && !wants(receiver.endpoint.events, event)) return
  const isProgress = (PROGRESS_EVENTS as readonly string[]).includes(event)
  const isOff = receiver.endpoint?.disabled ?? receiver.url === ''
  if (isProgress && isOff) return
  const response = receiver.endpoint?.payload === 'thin' ? undefined : readBody(sql, id, 'response')
  insertDelivery(sql, {
    id: makeId('dlv'),
    job: id,
    event,
    message: `msg_${id}_${event}${job.runs > 1 ? `_${job.runs}` : ''}`,
    destination:
      'url' in job.webhook ? { kind: 'url' } : { kind: 'endpoint', endpoint: job.webhook.endpoint },
    url: receiver.url,
    host: hostOf(receiver.url),
    origin: job.origin,
    payload: jobPayload({
      event,
      atMs: nowMs,
      record: withPending(recordOf(sql, job)),
      response: isProgress || !response?.byteLength ? undefined : response,
      origin: job.origin,
    }),
    status: isOff ? 'dead' : 'pending',
    budget: isProgress ? 1 : config.webhooks.retries.length + 1,
    createdMs: nowMs,
  })
}

/** The message contains its own delivery state, which is pending. */
function withPending(record: JobRecord): JobRecord {
  return { ...record, webhook: record.webhook && { ...record.webhook, status: 'pending' } }
}

/** The destination of a webhook's messages, and its endpoint, if any. */
export function receiverOf(sql: SqlStorage, webhook: WebhookTarget) {
  if ('url' in webhook) return { url: webhook.url, endpoint: undefined }
  const endpoint = readEndpoint(sql, webhook.endpoint)
  return { url: endpoint?.url ?? '', endpoint }
}
