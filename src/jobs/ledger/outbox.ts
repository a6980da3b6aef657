import { type Config, type Env, readConfig } from '../../config.ts'
import { readKeyPage } from '../../keys/lifecycle.ts'
import { meterNamespace } from '../../meter/meters.ts'
import { settleTask } from '../../meter/task-charge.ts'
import { type OperatorEvent, wants } from '../job.ts'
import { settleRun } from '../metering.ts'
import { ledgerPeer, OPERATOR, pollerPeer } from '../peers.ts'
import { type JobSettlement, reservationOf } from '../settlement.ts'
import { BatchKeeper } from './batch-keeper.ts'
import { batchesToWake } from './batches-table.ts'
import { deleteBody } from './bodies-table.ts'
import { deleteDeliveries } from './deliveries-table.ts'
import { endJob } from './endings.ts'
import { selectEndpoints } from './endpoints-table.ts'
import { EXPIRY_CLAIM_MS, expiringKeys } from './expiring-keys.ts'
import { changeJob, jobsToWake, type StoredJob } from './jobs-table.ts'
import { Mailer } from './mailer.ts'
import { nextDueMs } from './next-due.ts'
import { pruneClaims } from './seen-table.ts'
import type { SigningSecrets } from './signing-secrets.ts'

/** Jobs and messages processed at a time; the rest follows when these are done. */
const BATCH = 100

/** A Workflow that has not started by then is created again, which does nothing if it exists. */
const REDISPATCH_MS = 30_000

/** How often a running Workflow is woken: after a restart, a local engine sleeps until an event arrives. */
const WAKE_MS = 30_000

/** A watched task is reported to the poller again this often, in case the poller lost it. */
const REWATCH_MS = 600_000

/** The delay before a failed step is retried. */
const AGAIN_MS = 10_000

/** How long a job waits for a task's result; DashScope deletes tasks after 24 hours. */
const TASK_LIFETIME_MS = 26 * 3_600_000

/** Dead messages are kept this long, so that they can be redelivered. */
const DEAD_LIFETIME_MS = 30 * 86_400_000

/** How often expired rows are deleted. */
const PRUNE_MS = 3_600_000

/**
 * All side effects of a ledger: starting and waking Workflows, watching tasks, settling usage, sending messages. All
 * pending work is a row with a due time, and a row is changed only after its work is done, so that interrupted work
 * is repeated. The alarm wakes the object after a restart.
 */
export class Outbox {
  readonly #ctx: DurableObjectState
  readonly #env: Env
  /** Rows that this instance of the object is processing. */
  readonly #busy = new Set<string>()
  readonly #mailer: Mailer
  readonly #batches: BatchKeeper
  readonly #isOperators: boolean
  #prunedMs = 0

  constructor(ctx: DurableObjectState, env: Env, secrets: SigningSecrets) {
    this.#ctx = ctx
    this.#env = env
    this.#isOperators = ctx.id.equals(env.LEDGER.idFromName(OPERATOR))
    this.#batches = new BatchKeeper(ctx.storage, env)
    this.#mailer = new Mailer(ctx, env, secrets)
  }

  get #sql(): SqlStorage {
    return this.#ctx.storage.sql
  }

  get #config(): Config {
    return readConfig(this.#env)
  }

  /** Starts all due work and sets the alarm for the rest. Returns at once, while the work continues. */
  work(nowMs = Date.now()): void {
    const jobs = jobsToWake(this.#sql, nowMs, BATCH).filter(({ id }) => !this.#busy.has(id))
    const queued = jobs.filter(({ status }) => status === 'queued')
    const ids = queued.map(({ id }) => id)
    if (ids.length > 0) this.#start(ids, () => this.#dispatch(queued))
    for (const job of jobs) if (job.status !== 'queued') this.#start([job.id], () => this.#attend(job, nowMs))
    for (const batch of batchesToWake(this.#sql, nowMs, BATCH))
      this.#start([batch.id], () => this.#batches.attend(batch, nowMs))
    for (const each of this.#mailer.sendable(nowMs)) this.#start([each.id], () => this.#mailer.send(each))
    if (this.#count('SELECT 1 FROM notices LIMIT 1')) this.#start(['notices'], () => this.#forward())
    if (nowMs - this.#prunedMs > PRUNE_MS) {
      this.#prune(nowMs)
      if (this.#wantsExpiringKeys) this.#start(['expiring keys'], () => this.#reportExpiringKeys(nowMs))
    }
    this.setAlarm(nowMs)
  }

  /** Only the operator's ledger checks the keys, every hour, and only if an endpoint subscribes to the event. */
  get #wantsExpiringKeys(): boolean {
    return this.#isOperators && selectEndpoints(this.#sql).some(({ events }) => wants(events, 'key.expiring'))
  }

  async #reportExpiringKeys(nowMs: number): Promise<void> {
    const operator = ledgerPeer(this.#env, OPERATOR)
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page = await readKeyPage(this.#env, cursor)
      for (const expiring of expiringKeys(page.records, nowMs)) {
        const once = { name: `${expiring.key} ${expiring.expires_at}`, lifetimeMs: EXPIRY_CLAIM_MS }
        await operator.emit('key.expiring', expiring, '', once)
      }
      cursor = page.cursor
    }
  }

  #start(ids: readonly string[], work: () => Promise<void>): void {
    if (ids.some((id) => this.#busy.has(id))) return
    for (const id of ids) this.#busy.add(id)
    const done = work()
      .then(
        () => true,
        (cause) => {
          console.error(JSON.stringify({ ledger: ids, message: 'Work failed.', cause: String(cause) }))
          return false
        },
      )
      .then((isDone) => {
        for (const id of ids) this.#busy.delete(id)
        // Failed work is retried by the alarm, a second later at the earliest.
        if (isDone) this.work()
        else this.setAlarm(Date.now())
      })
    this.#ctx.waitUntil(done)
  }

  /** Starts a Workflow for each job: one instance per run, named after it. */
  async #dispatch(jobs: readonly StoredJob[]): Promise<void> {
    const nowMs = Date.now()
    for (const { id } of jobs) changeJob(this.#sql, id, { wakeMs: nowMs + REDISPATCH_MS })
    const instances = jobs.map((job) => ({
      id: reservationOf(job),
      params: { ledger: job.key, job: job.id, run: job.runs },
    }))
    await this.#env.FLOW.createBatch(instances)
    // An existing instance comes from an earlier dispatch, and may be asleep after a restart.
    const again = jobs.filter(({ createdMs }) => nowMs - createdMs > REDISPATCH_MS / 2)
    await Promise.all(again.map((job) => this.#wake(job)))
  }

  async #attend(job: StoredJob, nowMs: number): Promise<void> {
    if (job.status === 'running') {
      changeJob(this.#sql, job.id, { wakeMs: nowMs + WAKE_MS })
      return this.#wake(job)
    }
    if (job.status === 'waiting') return this.#watch(job, nowMs)
    const [row] = this.#sql.exec('SELECT settlement FROM jobs WHERE id = ?', job.id).toArray()
    if (typeof row?.settlement === 'string') return this.#settle(job, JSON.parse(row.settlement), nowMs)
    if (job.expiresMs <= nowMs) this.#forget(job.id)
    else changeJob(this.#sql, job.id, { wakeMs: job.expiresMs })
  }

  async #wake(job: StoredJob): Promise<void> {
    try {
      const instance = await this.#env.FLOW.get(reservationOf(job))
      await instance.sendEvent({ type: 'wake', payload: null })
    } catch {
      // The instance has ended or was never created; then the next dispatch creates it.
    }
  }

  async #watch(job: StoredJob, nowMs: number): Promise<void> {
    if (job.taskId === null || nowMs - job.createdMs > TASK_LIFETIME_MS) {
      const message = 'DashScope did not finish the task within 26 hours.'
      const error = { code: 'TaskExpired', message }
      this.#ctx.storage.transactionSync(() =>
        endJob(this.#sql, job, { status: 'expired', error, charged: true }, nowMs, this.#config),
      )
      return
    }
    changeJob(this.#sql, job.id, { wakeMs: nowMs + AGAIN_MS })
    await pollerPeer(this.#env, job.home).watch({
      kind: 'task',
      task: job.taskId,
      ledger: job.key,
      job: job.id,
      home: job.home,
    })
    changeJob(this.#sql, job.id, { wakeMs: nowMs + REWATCH_MS })
  }

  async #settle(job: StoredJob, settlement: JobSettlement, nowMs: number): Promise<void> {
    changeJob(this.#sql, job.id, { wakeMs: nowMs + AGAIN_MS })
    const { principal } = job.call
    if (settlement.kind === 'run') await settleRun(this.#env, principal, settlement.settlement)
    else {
      const seen = { result: settlement.result, config: this.#config, nowMs }
      await settleTask(meterNamespace(this.#env), principal, settlement.task, seen)
    }
    this.#sql.exec('UPDATE jobs SET settlement = NULL, wake_ms = ? WHERE id = ?', job.expiresMs, job.id)
  }

  /** Terminates the Workflow of a canceled job, and with it the call to DashScope. */
  async terminate(job: StoredJob): Promise<void> {
    try {
      const instance = await this.#env.FLOW.get(reservationOf(job))
      await instance.terminate()
    } catch {
      // The instance has ended or was never created.
    }
  }

  /** Forwards events for the operator to the operator's ledger, which delivers them. */
  async #forward(): Promise<void> {
    const rows = this.#sql.exec('SELECT * FROM notices ORDER BY sequence LIMIT ?', BATCH).toArray()
    const operator = ledgerPeer(this.#env, OPERATOR)
    for (const { sequence, event, data } of rows) {
      await operator.emit(event as OperatorEvent, JSON.parse(String(data)), '')
      this.#sql.exec('DELETE FROM notices WHERE sequence = ?', sequence)
    }
  }

  #forget(job: string): void {
    this.#ctx.storage.transactionSync(() => {
      deleteBody(this.#sql, job)
      this.#sql.exec('DELETE FROM jobs WHERE id = ?', job)
      const pending = `SELECT 1 FROM deliveries WHERE job = ? AND status <> 'delivered'`
      if (this.#sql.exec(pending, job).toArray().length === 0) deleteDeliveries(this.#sql, { job })
    })
  }

  #prune(nowMs: number): void {
    this.#prunedMs = nowMs
    pruneClaims(this.#sql, nowMs)
    const keptMs = this.#config.jobRetentionDays * 86_400_000
    deleteDeliveries(this.#sql, { deliveredBeforeMs: nowMs - keptMs, deadBeforeMs: nowMs - DEAD_LIFETIME_MS })
  }

  /** Sets the alarm to the next due time or, while work is in progress, to a time by which it would have ended. */
  setAlarm(nowMs: number): void {
    const times = nextDueMs(this.#sql)
    if (this.#count('SELECT 1 FROM notices LIMIT 1')) times.push(nowMs + AGAIN_MS)
    if (this.#wantsExpiringKeys) times.push(this.#prunedMs + PRUNE_MS + 1)
    if (this.#busy.size > 0) times.push(nowMs + this.#config.webhooks.timeoutMs + AGAIN_MS)
    if (times.length > 0) void this.#ctx.storage.setAlarm(Math.max(Math.min(...times), nowMs + 1000))
  }

  #count(select: string): boolean {
    return this.#sql.exec(select).toArray().length > 0
  }
}
