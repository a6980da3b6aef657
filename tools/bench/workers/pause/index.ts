import { MEASURES } from '../../../../src/meter/measures.ts'
import type { Reservation } from '../../../../src/meter/metering.ts'
import { SUMS_PER_PAGE } from '../../../../src/meter/object/group-sums.ts'
import { Meter as GatewayMeter } from '../../../../src/meter/object/meter.ts'
import type { OwnDimension } from '../../../../src/meter/object/usage-steps.ts'

export { JobFlow, Ledger, Poller, Registry } from '../../../../src/index.ts'

const DAY_MS = 86_400_000
const MODELS = 50
const USERS = 1000

/** The maximum rows per day of a meter. */
const ROWS_A_DAY = 10_000

/** The interval between reservations, as for a busy key. */
const EVERY_MS = 2

const LIMITS = { requests_per_minute: 1e9, tokens_per_day: 1e12 }

/** A meter whose tables can be filled in bulk. */
export class Meter extends GatewayMeter {
  /** Inserts one row for each day, model and user, up to a meter's maximum. */
  fill(days: number, nowMs: number): number {
    const names = MEASURES.map((measure) => `"${measure}"`).join(', ')
    const ones = MEASURES.map(() => '1').join(', ')
    return this.write(undefined, (sql) => {
      for (let day = 0; day < days; day++) {
        const name = new Date(nowMs - day * DAY_MS).toISOString().slice(0, 10)
        sql.exec(
          `WITH RECURSIVE m(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM m WHERE n + 1 < ${MODELS}),
             u(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM u WHERE n + 1 < ${USERS})
           INSERT INTO usage (day, model, user, ${names}) SELECT ?, 'model-' || m.n, 'user-' || u.n, ${ones} FROM m, u
           LIMIT ${ROWS_A_DAY}`,
          name,
        )
      }
      return Number(sql.exec('SELECT count(*) AS rows FROM usage').one().rows)
    })
  }
}

/** Fills a meter, and measures how long reservations wait, without and during a report. */
export default {
  async fetch(request: Request, env: { METER: DurableObjectNamespace<Meter> }) {
    const { pathname, searchParams } = new URL(request.url)
    const meter = env.METER.getByName('key_0000000000000001')
    const days = Number(searchParams.get('days'))
    const nowMs = Date.now()
    if (pathname === '/fill') return Response.json({ rows: await meter.fill(days, nowMs) })

    const by = (searchParams.get('by') ?? '').split(',').filter(Boolean) as OwnDimension[]
    const from = new Date(nowMs - days * DAY_MS).toISOString().slice(0, 10)
    const to = new Date(nowMs).toISOString().slice(0, 10)
    let isOver = false
    const growth = { rows: 0, pages: 0, pageMs: 0 }
    const readAll = async () => {
      for (let next: string | undefined = from; next !== undefined; growth.pages++) {
        const askedMs = Date.now()
        const page: { names: readonly unknown[]; next?: string } = await meter.usage({
          from: next,
          to,
          by,
          budget: SUMS_PER_PAGE,
        })
        growth.rows = Math.max(growth.rows, page.names.length)
        growth.pageMs = Math.max(growth.pageMs, Date.now() - askedMs)
        next = page.next
      }
    }
    const work = by.length > 0 ? readAll() : scheduler.wait(Number(searchParams.get('ms')))
    const finished = work.finally(() => {
      isOver = true
    })
    const waits: number[] = []
    while (!isOver) {
      const askedMs = Date.now()
      await meter.reserve([{ limits: LIMITS, reservation: reservation(askedMs) }], [])
      waits.push(Date.now() - askedMs)
      await scheduler.wait(EVERY_MS)
    }
    await finished
    return Response.json({ ...growth, waits })
  },
}

function reservation(nowMs: number): Reservation {
  const nothing = { tokens: 0, money: 0, audioSeconds: 0, characters: 0 }
  return { id: crypto.randomUUID(), nowMs, ...nothing, expiresMs: nowMs + 1000 }
}
