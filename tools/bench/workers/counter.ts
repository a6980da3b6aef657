import { DurableObject } from 'cloudflare:workers'

const RECORD_MS = 1000

export interface CounterBinding {
  COUNTER: DurableObjectNamespace<Counter>
}

/** Usage that was not recorded yet. */
let unrecorded = { requests: 0, tokens: 0 }

/** Records usage once a second. */
export function record(env: CounterBinding, context: ExecutionContext, tokens: number): void {
  const isFirst = unrecorded.requests === 0
  unrecorded.requests++
  unrecorded.tokens += tokens
  if (!isFirst) return
  const later = scheduler.wait(RECORD_MS).then(() => {
    const sum = unrecorded
    unrecorded = { requests: 0, tokens: 0 }
    return env.COUNTER.getByName('by-hand').add(sum.requests, sum.tokens)
  })
  context.waitUntil(later)
}

/** The minimum for limits and usage: one durable row. */
export class Counter extends DurableObject {
  constructor(context: DurableObjectState, env: Cloudflare.Env) {
    super(context, env)
    const { sql } = this.ctx.storage
    sql.exec('CREATE TABLE IF NOT EXISTS used (id INTEGER PRIMARY KEY, requests, tokens)')
    sql.exec('INSERT OR IGNORE INTO used VALUES (0, 0, 0)')
  }

  add(requests: number, tokens: number): void {
    const { sql } = this.ctx.storage
    sql.exec('UPDATE used SET requests = requests + ?, tokens = tokens + ? WHERE id = 0', requests, tokens)
  }
}
