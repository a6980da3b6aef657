import type { Config, Env } from '../../config.ts'
import { readConfig } from '../../config.ts'
import type { Settlement } from '../../meter/metering.ts'
import { metersOf } from '../../meter/meters.ts'
import { settle } from '../../meter/reserve.ts'
import { deliver, type TryResult } from '../deliver.ts'
import type { OperatorEvent } from '../job.ts'
import { ledgerPeer, OPERATOR, pollerPeer } from '../peers.ts'
import { circuitAfter, nextTryMs, roomAt } from '../schedule.ts'
import { senderNamed } from '../senders.ts'
import { reservationOf } from '../settlement.ts'
import { deleteBody } from './bodies-table.ts'
import { deleteDeliveries, dueDeliveries, recordTry, type StoredDelivery } from './deliveries-table.ts'
import { endJob } from './endings.ts'
import { disableEndpoint, noteEndpointTry, readEndpoint, secretsOf } from './endpoints-table.ts'
import { changeJob, jobsToWake, type StoredJob } from './jobs-table.ts'
import { pruneClaims, readCircuit, writeCircuit } from './seen-table.ts'

/** Jobs and messages that are taken up in one go; the rest follows when these are done. */
const BATCH = 100

/** A Workflow that was created and has not begun by then is created again, which does nothing where it exists. */
const REDISPATCH_MS = 30_000

/** A running Workflow is woken this often: a local engine that was restarted sleeps until an event comes. */
const WAKE_MS = 120_000

/** The poller is told of a watched task again this often, in case it lost it. */
const REWATCH_MS = 600_000

/** A step that failed is tried again after this. */
const AGAIN_MS = 10_000

/** DashScope forgets a task after 24 hours; a job waits for its result no longer than this. */
const TASK_LIFETIME_MS = 26 * 3_600_000

/** Dead messages are kept this long, so that they can be redelivered. */
const DEAD_LIFETIME_MS = 30 * 86_400_000

/** How often what is past its lifetime is deleted. */
const PRUNE_MS = 3_600_000

/**
 * What a ledger has to do with the world: start and wake Workflows, watch tasks, settle usage, send messages. Everything
 * to do is a row with a time; a row is changed only after the work it asks for is done, so that work which was cut short is
 * done again. The alarm brings the object back after a restart.
 */
export class Outbox {
  readonly #ctx: DurableObjectState
  readonly #env: Env
  /** Rows that are being worked on in this instance of the object. */
  readonly #busy = new Set<string>()
  #prunedMs = 0

  constructor(ctx: DurableObjectState, env: Env) {
    this.#ctx = ctx
    this.#env = env
  }

  get #sql(): SqlStorage {
    return this.#ctx.storage.sql
  }

  get #config(): Config {
    return readConfig(this.#env)
  }

  /** Takes up all that is due and sets the alarm for the rest. Returns at once; the work goes on. */
  work(nowMs = Date.now()): void {
    const jobs = jobsToWake(this.#sql, nowMs, BATCH).filter(({ id }) => !this.#busy.has(id))
    const queued = jobs.filter(({ status }) => status === 'queued')
    if (queued.length > 0)
      this.#start(
        queued.map(({ id }) => id),
        () => this.#dispatch(queued),
      )
    for (const job of jobs) if (job.status !== 'queued') this.#start([job.id], () => this.#attend(job, nowMs))
    for (const delivery of this.#sendable(nowMs)) this.#start([delivery.id], () => this.#send(delivery))
    if (this.#count('SELECT 1 FROM notices LIMIT 1')) this.#start(['notices'], () => this.#forward())
    if (nowMs - this.#prunedMs > PRUNE_MS) this.#prune(nowMs)
    this.#setAlarm(nowMs)
  }

  #start(ids: readonly string[], work: () => Promise<void>): void {
    if (ids.some((id) => this.#busy.has(id))) return
    for (const id of ids) this.#busy.add(id)
    const done = work()
      .catch((cause) =>
        console.error(JSON.stringify({ ledger: ids, message: 'Work failed.', cause: String(cause) })),
      )
      .finally(() => {
        for (const id of ids) this.#busy.delete(id)
        this.work()
      })
    this.#ctx.waitUntil(done)
  }

  /** Hands jobs over to Workflows: one instance for each run, named after it. */
  async #dispatch(jobs: readonly StoredJob[]): Promise<void> {
    const nowMs = Date.now()
    for (const { id } of jobs) changeJob(this.#sql, id, { wakeMs: nowMs + REDISPATCH_MS })
    const instances = jobs.map((job) => ({
      id: reservationOf(job),
      params: { ledger: job.key, job: job.id, run: job.runs },
    }))
    const { FLOW } = this.#env
    await FLOW.createBatch(instances)
    // One that existed before was created by an earlier dispatch, and may sleep since a restart.
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
    if (job.expiresMs <= nowMs) this.#forget(job.id, nowMs)
    else changeJob(this.#sql, job.id, { wakeMs: job.expiresMs })
  }

  async #wake(job: StoredJob): Promise<void> {
    try {
      const instance = await this.#env.FLOW.get(reservationOf(job))
      await instance.sendEvent({ type: 'wake', payload: null })
    } catch {
      // It has ended, or was never created: the next dispatch creates it.
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
      task: job.taskId,
      ledger: job.key,
      job: job.id,
      home: job.home,
    })
    changeJob(this.#sql, job.id, { wakeMs: nowMs + REWATCH_MS })
  }

  async #settle(job: StoredJob, settlement: Settlement, nowMs: number): Promise<void> {
    changeJob(this.#sql, job.id, { wakeMs: nowMs + AGAIN_MS })
    await settle(metersOf(this.#env), job.call.principal, settlement)
    this.#sql.exec('UPDATE jobs SET settlement = NULL, wake_ms = ? WHERE id = ?', job.expiresMs, job.id)
  }

  /** Ends the Workflow of a job that was canceled, and with it the call to DashScope. */
  async terminate(job: StoredJob): Promise<void> {
    try {
      const instance = await this.#env.FLOW.get(reservationOf(job))
      await instance.terminate()
    } catch {
      // It has ended, or never began.
    }
  }

  /** Messages that may be sent now. Those for a host whose circuit is open wait for its next probe. */
  #sendable(nowMs: number): StoredDelivery[] {
    const rooms = new Map<string, number>()
    for (const id of this.#busy) {
      const host = this.#hostOfBusy.get(id)
      if (host !== undefined) rooms.set(host, (rooms.get(host) ?? 0) - 1)
    }
    const sendable: StoredDelivery[] = []
    for (const delivery of dueDeliveries(this.#sql, nowMs, BATCH)) {
      if (this.#busy.has(delivery.id)) continue
      const { host } = delivery
      const circuit = readCircuit(this.#sql, host)
      const room = roomAt(circuit, -(rooms.get(host) ?? 0), nowMs)
      if (room > 0) {
        rooms.set(host, (rooms.get(host) ?? 0) - 1)
        this.#hostOfBusy.set(delivery.id, host)
        sendable.push(delivery)
      } else if (circuit.probeAtMs > 0) {
        const nextMs = Math.max(circuit.probeAtMs, nowMs + 1000)
        this.#sql.exec('UPDATE deliveries SET next_ms = ? WHERE id = ?', nextMs, delivery.id)
      }
    }
    return sendable
  }

  readonly #hostOfBusy = new Map<string, string>()

  async #send(delivery: StoredDelivery): Promise<void> {
    const result = await this.#try(delivery)
    this.#ctx.storage.transactionSync(() => this.#record(delivery, result))
    this.#hostOfBusy.delete(delivery.id)
  }

  #try(delivery: StoredDelivery): Promise<TryResult> {
    const { destination, origin } = delivery
    if (destination.kind === 'sender') {
      const sender = senderNamed(destination.sender)
      return sender ? sender.send(this.#env, delivery) : Promise.resolve(undeliverable('No such sender.'))
    }
    const endpoint =
      destination.kind === 'endpoint' ? readEndpoint(this.#sql, destination.endpoint) : undefined
    if (destination.kind === 'endpoint' && (!endpoint || (endpoint.disabled && delivery.job !== null))) {
      return Promise.resolve(
        undeliverable(endpoint ? 'The endpoint is disabled.' : 'The endpoint was deleted.'),
      )
    }
    const { webhooks } = this.#config
    const secrets = secretsOf(this.#sql, endpoint?.id ?? '', Date.now())
    return deliver({
      url: endpoint?.url ?? delivery.url,
      message: delivery.message,
      payload: delivery.payload,
      secrets: secrets.map(({ secret }) => secret),
      attempt: delivery.tries + 1,
      timeoutMs: webhooks.timeoutMs,
      rules: { allowLoopback: webhooks.allowLoopback, ownOrigins: [origin] },
    })
  }

  #record(delivery: StoredDelivery, result: TryResult): void {
    const sql = this.#sql
    const nowMs = Date.now()
    const succeeded = result.outcome === 'delivered'
    const before = readCircuit(sql, delivery.host)
    writeCircuit(sql, delivery.host, circuitAfter(before, succeeded, nowMs))
    if (succeeded && before.probeAtMs > 0) {
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
    if (status === 'dead' && delivery.budget > 1) this.#notify('delivery.dead', describe(delivery, result))
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
    const reason = status === 410 ? 'The receiver answered 410.' : 'Every try of 120 hours failed.'
    this.#notify('endpoint.disabled', { endpoint, url, reason })
  }

  #notify(event: OperatorEvent, data: Record<string, unknown>): void {
    this.#sql.exec('INSERT INTO notices (event, data) VALUES (?, ?)', event, JSON.stringify(data))
  }

  /** Hands events for the operator over to the operator's own ledger, which delivers them. */
  async #forward(): Promise<void> {
    const rows = this.#sql.exec('SELECT * FROM notices ORDER BY sequence LIMIT ?', BATCH).toArray()
    const operator = ledgerPeer(this.#env, OPERATOR)
    for (const { sequence, event, data } of rows) {
      await operator.emit(event as OperatorEvent, JSON.parse(String(data)), '')
      this.#sql.exec('DELETE FROM notices WHERE sequence = ?', sequence)
    }
  }

  #forget(job: string, nowMs: number): void {
    this.#ctx.storage.transactionSync(() => {
      deleteBody(this.#sql, job)
      this.#sql.exec('DELETE FROM jobs WHERE id = ?', job)
      const pending = `SELECT 1 FROM deliveries WHERE job = ? AND status <> 'delivered'`
      if (this.#sql.exec(pending, job).toArray().length === 0) deleteDeliveries(this.#sql, { job })
      this.#prune(nowMs)
    })
  }

  #prune(nowMs: number): void {
    this.#prunedMs = nowMs
    pruneClaims(this.#sql, nowMs)
    const keptMs = this.#config.jobRetentionDays * 86_400_000
    deleteDeliveries(this.#sql, { deliveredBeforeMs: nowMs - keptMs, deadBeforeMs: nowMs - DEAD_LIFETIME_MS })
  }

  /** The next row's time; while work is under way, the moment after which it must have been cut short. */
  #setAlarm(nowMs: number): void {
    const select = `SELECT min(at) AS next FROM (
      SELECT min(wake_ms) AS at FROM jobs UNION ALL SELECT min(next_ms) FROM deliveries)`
    const { next } = this.#sql.exec(select).one()
    const times = typeof next === 'number' ? [next] : []
    if (this.#busy.size > 0) times.push(nowMs + this.#config.webhooks.timeoutMs + AGAIN_MS)
    if (times.length > 0) void this.#ctx.storage.setAlarm(Math.max(Math.min(...times), nowMs + 1000))
  }

  #count(select: string): boolean {
    return this.#sql.exec(select).toArray().length > 0
  }
}

function undeliverable(error: string): TryResult {
  const atMs = Date.now()
  return { atMs, milliseconds: 0, status: null, error, answer: '', outcome: 'gone', retryAfterMs: undefined }
}

function describe(delivery: StoredDelivery, { error }: TryResult): Record<string, unknown> {
  const { id, job, event, url, tries } = delivery
  return { delivery: id, job, event, url, tries: tries + 1, error }
}
