import { DurableObject } from 'cloudflare:workers'
import { type Config, type Env, readConfig } from '../config.ts'
import { targetsAt } from '../dashscope/targets.ts'
import { columnsOf } from '../lib/migrations.ts'
import { lookUp } from './look-up.ts'
import { ledgerPeer, type WatchedTask } from './peers.ts'
import { gapMs, isGone, mostUnderWay, nextPollMs, rateNow, SLOW_MS, type Watched } from './poll.ts'
import { isWanted, reportEnd } from './watched-end.ts'

/** The poller runs in rounds of a second. */
const ROUND_MS = 1000

interface StoredTask extends WatchedTask, Watched {
  status: string
}

/**
 * Looks up the tasks and batches of one DashScope account, for all keys, under the account's rate limit: DashScope
 * allows 20 lookups a second, including clients' own lookups. If many Workflows polled separately, there would be
 * bursts of hundreds.
 */
export class Poller extends DurableObject<Env> {
  #lookups: number[] = []
  /** The time of the last paced lookup, so that the rate is kept across rounds. */
  #lastMs = 0
  readonly #underWay = new Set<Promise<void>>()

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    ctx.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS tasks (
         task TEXT PRIMARY KEY, ledger TEXT NOT NULL, job TEXT NOT NULL, home TEXT NOT NULL, status TEXT NOT NULL,
         due_ms INTEGER NOT NULL, polls INTEGER NOT NULL, unknown INTEGER NOT NULL, nudged INTEGER NOT NULL,
         created_ms INTEGER NOT NULL) WITHOUT ROWID;
       CREATE INDEX IF NOT EXISTS tasks_by_due ON tasks (due_ms);
       CREATE TABLE IF NOT EXISTS pace (id INTEGER PRIMARY KEY, slow_until_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL);
       INSERT OR IGNORE INTO pace VALUES (1, 0, 0)`,
    )
    if (!columnsOf(ctx.storage.sql, 'tasks').has('kind'))
      ctx.storage.sql.exec(`ALTER TABLE tasks ADD COLUMN kind TEXT NOT NULL DEFAULT 'task'`)
  }

  get #config(): Config {
    return readConfig(this.env)
  }

  /** Watches a task or batch until it ends; does nothing if it is already watched. */
  watch({ kind, task, ledger, job, home }: WatchedTask): void {
    const nowMs = Date.now()
    const { sql } = this.ctx.storage
    const insert = `INSERT OR IGNORE INTO tasks VALUES (?, ?, ?, ?, '', ?, 0, 0, 0, ?, ?)`
    sql.exec(insert, task, ledger, job, home, nowMs + ROUND_MS, nowMs, kind)
    this.#setAlarm(nowMs)
  }

  /** Stops watching a task whose job was canceled. */
  unwatch(task: string): void {
    this.ctx.storage.sql.exec('DELETE FROM tasks WHERE task = ?', task)
  }

  /**
   * Looks up a task at once after a report of its end. The report itself is not trusted.
   *
   * @returns whether the task is watched here.
   */
  async nudge(task: string): Promise<boolean> {
    const [row] = this.ctx.storage.sql.exec('SELECT * FROM tasks WHERE task = ?', task).toArray()
    if (!row) return false
    // Later rounds look it up again only if this lookup fails.
    this.ctx.storage.sql.exec('UPDATE tasks SET nudged = 1 WHERE task = ?', task)
    await this.#pace()
    await this.#start({ ...taskFrom(row), nudged: true }, 1)
    return true
  }

  /** Counts clients' own lookups, which use the same limit. */
  noteLookups(count: number): void {
    const nowMs = Date.now()
    for (let each = 0; each < count; each++) this.#lookups.push(nowMs)
  }

  /**
   * The number of watched tasks, and how long the longest due one has waited. Restarts the rounds if they have
   * stopped.
   */
  health(nowMs: number): { watched: number; lagMs: number } {
    this.#setAlarm(nowMs)
    const select = 'SELECT count(*) AS watched, coalesce(min(due_ms), ?) AS due FROM tasks'
    const row = this.ctx.storage.sql.exec(select, nowMs).one()
    return { watched: Number(row.watched), lagMs: Math.max(0, nowMs - Number(row.due)) }
  }

  /** One round. The next alarm is set before the work, so that a crash cannot end the rounds. */
  override async alarm(): Promise<void> {
    const nowMs = Date.now()
    const { sql } = this.ctx.storage
    const due = Number(sql.exec('SELECT count(*) AS due FROM tasks WHERE due_ms <= ?', nowMs).one().due)
    if (due === 0) return this.#setAlarm(nowMs)
    await this.ctx.storage.setAlarm(nowMs + ROUND_MS)
    const rate = this.#rate(nowMs)
    // Charges can wait: no client waits for them.
    const select = `SELECT * FROM tasks WHERE due_ms <= ? ORDER BY kind = 'charge', due_ms LIMIT ?`
    const tasks = sql.exec(select, nowMs, rate).toArray().map(taskFrom)
    const looks: Promise<void>[] = []
    for (const task of tasks) {
      await this.#pace()
      looks.push(this.#start(task, due))
    }
    await Promise.all(looks)
    this.#setAlarm(Date.now())
  }

  /** Waits until the next lookup is allowed: lookups are spread evenly, even across rounds. */
  async #pace(): Promise<void> {
    while (this.#underWay.size >= mostUnderWay(this.#rate(Date.now()))) await Promise.race(this.#underWay)
    const nowMs = Date.now()
    const { sql } = this.ctx.storage
    const last = Math.max(this.#lastMs, Number(sql.exec('SELECT last_ms FROM pace').one().last_ms))
    const atMs = Math.max(nowMs, last + gapMs(this.#rate(nowMs)))
    this.#lastMs = atMs
    sql.exec('UPDATE pace SET last_ms = ?', atMs)
    if (atMs > nowMs) await scheduler.wait(atMs - nowMs)
  }

  #rate(nowMs: number): number {
    this.#lookups = this.#lookups.filter((atMs) => atMs > nowMs - 1000)
    const { slow_until_ms: slow } = this.ctx.storage.sql.exec('SELECT slow_until_ms FROM pace').one()
    return rateNow(this.#config.taskPollQps, Number(slow), this.#lookups.length, nowMs)
  }

  #start(task: StoredTask, due: number): Promise<void> {
    const look = this.#look(task, due).finally(() => this.#underWay.delete(look))
    this.#underWay.add(look)
    return look
  }

  async #look(task: StoredTask, due: number): Promise<void> {
    if (!(await isWanted(this.env, task))) return this.unwatch(task.task)
    const [target] = targetsAt(this.#config.targets, task.home) ?? []
    const { result, response } = await lookUp(target, task.kind, task.task)
    const nowMs = Date.now()
    const { sql } = this.ctx.storage
    if (result.kind === 'throttled') sql.exec('UPDATE pace SET slow_until_ms = ?', nowMs + SLOW_MS)
    const seen: StoredTask = {
      ...task,
      polls: task.polls + 1,
      unknown: result.kind === 'unknown' ? task.unknown + 1 : 0,
      status: result.kind === 'running' ? result.status : task.status,
    }
    const isOver = result.kind === 'ended' || isGone(seen, nowMs)
    try {
      if (isOver) {
        const status = result.kind === 'ended' ? result.status : 'UNKNOWN'
        await reportEnd(this.env, task, status, response, nowMs)
        this.unwatch(task.task)
        return
      }
      const isTask = task.kind === 'task'
      if (isTask && seen.status !== task.status && task.status !== '')
        await ledgerPeer(this.env, task.ledger).taskSeen(task.job)
    } catch (cause) {
      console.error(
        JSON.stringify({
          task: task.task,
          message: 'The end of a task could not be reported.',
          cause: String(cause),
        }),
      )
    }
    const next = nextPollMs(seen, due, this.#rate(nowMs), nowMs)
    const update = 'UPDATE tasks SET due_ms = ?, polls = ?, unknown = ?, status = ? WHERE task = ?'
    sql.exec(update, Math.round(next), seen.polls, seen.unknown, seen.status, task.task)
  }

  #setAlarm(nowMs: number): void {
    const { due } = this.ctx.storage.sql.exec('SELECT min(due_ms) AS due FROM tasks').one()
    if (due === null) return
    const atMs = Math.max(Number(due), nowMs, this.#lastMs + 1)
    void this.ctx.storage.setAlarm(atMs)
  }
}

function taskFrom(row: Record<string, SqlStorageValue>): StoredTask {
  return {
    kind: row.kind as WatchedTask['kind'],
    task: String(row.task),
    ledger: String(row.ledger),
    job: String(row.job),
    home: String(row.home),
    status: String(row.status),
    polls: Number(row.polls),
    unknown: Number(row.unknown),
    nudged: row.nudged === 1,
    createdMs: Number(row.created_ms),
  }
}
