import { type Env, readConfig } from '../../config.ts'
import type { HookJob } from '../hook-work.ts'
import {
  type Accepted,
  type CallOutcome,
  type HeaderFields,
  isFinal,
  type JobRecord,
  type NewJob,
} from '../job.ts'
import type { StoredCall } from '../stored-call.ts'
import { BatchLedger } from './batch-ledger.ts'
import { appendBody, deleteBody, readBody, writeBody } from './bodies-table.ts'
import { deleteDeliveries } from './deliveries-table.ts'
import { announce, endJob } from './endings.ts'
import { readEndpoint } from './endpoints-table.ts'
import { hookEventOfJob } from './hook-events-table.ts'
import { assignEvent, jobForEvent } from './hook-messages.ts'
import {
  changeJob,
  countOpen,
  insertJob,
  type JobFilter,
  readJob,
  recordOf,
  type StoredJob,
  selectJobs,
} from './jobs-table.ts'
import { endOfCall, endOfTask, type TaskOutcome } from './outcome.ts'
import { claim, recallClaim } from './seen-table.ts'

/** An `Idempotency-Key` is remembered for a day. */
const IDEMPOTENCY_MS = 86_400_000

/** How often a running job is checked; see the outbox. */
const RUNNING_WAKE_MS = 30_000

/** Bytes of a body in one call: RPC allows 32 MiB (Workers RPC limits). */
export const BODY_CALL_BYTES = 16 * 1024 * 1024

/** The result if a job cannot be changed in its current state. */
export type JobRefusal = { kind: 'unknown' } | { kind: 'conflict'; record: JobRecord }

/** A stored response; `job` has its state. */
export interface StoredResponse {
  record: JobRecord
  headers: HeaderFields
  body: Uint8Array<ArrayBuffer>
}

/**
 * The jobs, messages, endpoints and claims of one client key: one object per key. A job that is stored when its
 * caller gets the 202 runs to its end or is among the dead messages, even across restarts (promise P8).
 *
 * Each method changes rows in one transaction and then runs the outbox.
 */
export class Ledger extends BatchLedger {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    // After a restart, a local Workflow engine sleeps until an event arrives. In production the event has no effect.
    const { rowsWritten } = this.sql.exec(`UPDATE jobs SET wake_ms = 0 WHERE status = 'running'`)
    // Deferred: if an alarm has created this object, setting a new alarm here would replace it before it runs.
    if (rowsWritten > 0) ctx.waitUntil(scheduler.wait(0).then(() => this.outbox.work()))
  }

  /** Stores a new job. `body` is the request body, or its last part if {@link keepBody} stored the others. */
  accept(job: NewJob, body: Uint8Array): Accepted {
    return this.changeSoon((nowMs) => {
      const repeated = this.repeatOf(job.idempotency) ?? this.#repeated(jobForEvent(this.sql, job))
      if (repeated) return repeated
      const open = countOpen(this.sql)
      if (open >= job.openLimit) return { kind: 'full', open }
      const { webhook, idempotency } = job
      if (webhook && 'endpoint' in webhook && !readEndpoint(this.sql, webhook.endpoint)) {
        return { kind: 'unknown-endpoint' }
      }
      insertJob(this.sql, job, readConfig(this.env).jobRetentionDays)
      appendBody(this.sql, job.id, 'request', body)
      assignEvent(this.sql, job, nowMs, readConfig(this.env))
      if (idempotency) {
        const value = JSON.stringify({ job: job.id, fingerprint: idempotency.fingerprint })
        claim(this.sql, 'idempotency', idempotency.key, value, nowMs, nowMs + IDEMPOTENCY_MS)
      }
      return { kind: 'accepted', record: recordOf(this.sql, this.#jobOf(job.id)) }
    })
  }

  /** Stores a part of a body that is too large for one call, before its job is stored. */
  keepBody(job: string, part: Uint8Array): void {
    appendBody(this.sql, job, 'request', part)
  }

  /** The job that was created with this `Idempotency-Key` in the last 24 hours. */
  repeatOf(idempotency: NewJob['idempotency']): Accepted | undefined {
    const stored = idempotency && recallClaim(this.sql, 'idempotency', idempotency.key, Date.now())
    if (!stored) return undefined
    const { job, fingerprint } = JSON.parse(stored)
    if (fingerprint !== idempotency.fingerprint) return { kind: 'mismatch' }
    return this.#repeated(job)
  }

  read(id: string): JobRecord | undefined {
    const job = readJob(this.sql, id)
    return job && recordOf(this.sql, job)
  }

  list(filter: JobFilter): { record: JobRecord; sequence: number }[] {
    const jobs = selectJobs(this.sql, filter)
    return jobs.map((job) => ({ record: recordOf(this.sql, job), sequence: job.sequence }))
  }

  response(id: string): StoredResponse | undefined {
    const job = readJob(this.sql, id)
    if (!job) return undefined
    const body = readBody(this.sql, id, 'response')
    return { record: recordOf(this.sql, job), headers: job.headers, body }
  }

  /** Cancels a job; its reservation is charged, since DashScope may be processing it. */
  cancel(
    id: string,
  ): JobRefusal | { kind: 'canceled'; record: JobRecord; task: { id: string; home: string } | null } {
    return this.change((nowMs) => {
      const job = readJob(this.sql, id)
      if (!job) return { kind: 'unknown' }
      if (isFinal(job.status)) return { kind: 'conflict', record: recordOf(this.sql, job) }
      endJob(this.sql, job, { status: 'canceled', charged: true }, nowMs, readConfig(this.env))
      this.ctx.waitUntil(this.outbox.terminate(job))
      const task = job.taskId === null ? null : { id: job.taskId, home: job.home }
      return { kind: 'canceled', record: recordOf(this.sql, this.#jobOf(id)), task }
    })
  }

  /** The inputs for the reservation of a retry: the call of a failed job, and the number of its next run. */
  retryable(id: string): JobRefusal | { kind: 'retryable'; call: StoredCall; run: number } {
    const job = readJob(this.sql, id)
    if (!job) return { kind: 'unknown' }
    const canRetry = (job.status === 'failed' || job.status === 'expired') && !job.isSettledElsewhere
    if (!canRetry) return { kind: 'conflict', record: recordOf(this.sql, job) }
    return { kind: 'retryable', call: job.call, run: job.runs + 1 }
  }

  /** Runs a failed job again. */
  retry(id: string, run: number): JobRefusal | { kind: 'queued'; record: JobRecord } {
    return this.change((nowMs) => {
      const found = this.retryable(id)
      if (found.kind === 'unknown') return found
      const isNext = found.kind === 'retryable' && found.run === run
      if (!isNext) return { kind: 'conflict', record: recordOf(this.sql, this.#jobOf(id)) }
      deleteBody(this.sql, id, 'response')
      changeJob(this.sql, id, {
        status: 'queued',
        runs: run,
        startedMs: null,
        endedMs: null,
        statusCode: null,
        usage: null,
        error: null,
        taskId: null,
        resultExpiresMs: null,
        expiresMs: nowMs + readConfig(this.env).jobRetentionDays * 86_400_000,
        wakeMs: nowMs,
      })
      return { kind: 'queued', record: recordOf(this.sql, this.#jobOf(id)) }
    })
  }

  /** Deletes a job and all its data. */
  remove(id: string): JobRefusal | { kind: 'removed' } {
    return this.change(() => {
      const job = readJob(this.sql, id)
      if (!job) return { kind: 'unknown' }
      const [row] = this.sql.exec('SELECT settlement FROM jobs WHERE id = ?', id).toArray()
      if (!isFinal(job.status) || row?.settlement) {
        return { kind: 'conflict', record: recordOf(this.sql, job) }
      }
      deleteBody(this.sql, id)
      deleteDeliveries(this.sql, { job: id })
      this.sql.exec('DELETE FROM jobs WHERE id = ?', id)
      return { kind: 'removed' }
    })
  }

  /**
   * Starts the call of a run and counts it: more calls than runs mean that the gateway was restarted in between.
   *
   * @returns the call and its event; undefined if there is nothing left to do.
   */
  begin(id: string, run: number): { call: StoredCall; hookJob: HookJob | undefined } | undefined {
    return this.change((nowMs) => {
      const job = readJob(this.sql, id)
      if (!job || job.runs !== run || (job.status !== 'queued' && job.status !== 'running')) return undefined
      changeJob(this.sql, id, {
        status: 'running',
        startedMs: job.startedMs ?? nowMs,
        submissions: job.submissions + 1,
        wakeMs: nowMs + RUNNING_WAKE_MS,
      })
      if (job.status === 'queued') announce(this.sql, id, 'job.started', nowMs, readConfig(this.env))
      const event = job.hook === null ? undefined : hookEventOfJob(this.sql, id)
      return { call: job.call, hookJob: event && { id, key: job.key, hook: event.hook, event: event.event } }
    })
  }

  /** The request body from an offset on, as much as fits into one call. */
  requestBody(id: string, from: number): Uint8Array<ArrayBuffer> {
    return readBody(this.sql, id, 'request').slice(from, from + BODY_CALL_BYTES)
  }

  /** Records the outcome of a run's call. Does nothing if the run has ended already. */
  finish(id: string, run: number, outcome: CallOutcome, body: Uint8Array<ArrayBuffer>): void {
    this.change((nowMs) => {
      const job = readJob(this.sql, id)
      if (job?.runs !== run || job.status !== 'running') return
      if (outcome.kind === 'task') {
        const { taskId, home, headers } = outcome
        changeJob(this.sql, id, { status: 'waiting', taskId, home, headers, wakeMs: nowMs })
        writeBody(this.sql, id, 'response', body)
      } else endJob(this.sql, job, endOfCall(outcome, body), nowMs, readConfig(this.env))
    })
  }

  /** Records that a watched task has changed. */
  taskSeen(id: string): void {
    this.change((nowMs) => {
      const job = readJob(this.sql, id)
      if (job?.status === 'waiting') announce(this.sql, id, 'task.updated', nowMs, readConfig(this.env))
    })
  }

  /** Ends the job of a watched task. Does nothing if the job has ended already. */
  taskEnded(id: string, result: TaskOutcome): void {
    this.change((nowMs) => {
      const job = readJob(this.sql, id)
      if (job?.status !== 'waiting' || job.taskId !== result.task) return
      endJob(this.sql, job, endOfTask(result), nowMs, readConfig(this.env))
    })
  }

  #repeated(id: string | undefined): Accepted | undefined {
    const found = id === undefined ? undefined : readJob(this.sql, id)
    return found && { kind: 'repeated', record: recordOf(this.sql, found) }
  }

  #jobOf(id: string): StoredJob {
    const job = readJob(this.sql, id)
    if (!job) throw new TypeError('A job that was just written must be there.')
    return job
  }
}
