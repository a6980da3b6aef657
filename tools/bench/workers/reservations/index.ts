import { NO_USAGE } from '../../../../src/dashscope/usage.ts'
import { UTC } from '../../../../src/lib/calendar.ts'
import { MeterClient } from '../../../../src/meter/client.ts'
import type { Reservation, Verdict } from '../../../../src/meter/metering.ts'
import { type Meters, meterNamespace } from '../../../../src/meter/meters.ts'
import type { Settlement } from '../../../../src/meter/settlement.ts'
import { NOTHING_SPENT } from '../../../../src/meter/spent.ts'
import type { Principal } from '../../../../src/policy/key-record.ts'

export { JobFlow, Ledger, Meter, Poller, Registry } from '../../../../src/index.ts'

const LIMITS = { requests_per_minute: 1e9, tokens_per_day: 1e12, requests_in_flight: 1e6 }
const USAGE = { ...NO_USAGE, input: 6, output: 4 }

/** Runs callers that reserve and settle one request after the other, all of one key, for a few seconds. */
export default {
  async fetch(request: Request, env: { METER: DurableObjectNamespace }, context: ExecutionContext) {
    const { searchParams } = new URL(request.url)
    const callers = Number(searchParams.get('callers'))
    const meters = meterNamespace(env)
    const caller: Principal = { keyId: `key_${Date.now()}`, policy: { limits: LIMITS, cache_generation: 0 } }
    const ask =
      searchParams.get('way') === 'gathered' ? gathered(meters, caller, context) : single(meters, caller)
    const startMs = Date.now()
    const endMs = startMs + 1000 * Number(searchParams.get('seconds'))
    let [reservations, allowed] = [0, 0]
    const run = async () => {
      while (Date.now() < endMs) {
        const { allowed: isAllowed } = await ask()
        reservations++
        if (isAllowed) allowed++
      }
    }
    await Promise.all(Array.from({ length: callers }, run))
    return Response.json({ reservations, allowed, seconds: (Date.now() - startMs) / 1000 })
  },
}

/** The gateway's batched reservations. */
function gathered(meters: Meters, principal: Principal, context: ExecutionContext): () => Promise<Verdict> {
  const client = new MeterClient({
    meters,
    keepAlive: (work) => context.waitUntil(work),
    calendar: UTC,
    lost: (_key, _lost, cause) => console.error(cause),
  })
  return async () => {
    const reservation = reserved()
    const verdict = await client.reserve(principal, reservation, 'refuse')
    client.settle(principal, settlementOf(reservation))
    return verdict
  }
}

/** One call per reservation, including the settlement of the previous one. */
function single(meters: Meters, principal: Principal): () => Promise<Verdict> {
  const meter = meters.getByName(principal.keyId)
  let last: Reservation | undefined
  return async () => {
    const reservation = reserved()
    const settled = last
      ? [
          {
            reservation: last.id,
            atMs: last.nowMs,
            nowMs: Date.now(),
            ...NOTHING_SPENT,
            tokens: 10,
            money: 20,
          },
        ]
      : []
    last = undefined
    const [verdict] = await meter.reserve([{ limits: LIMITS, reservation }], settled)
    last = reservation
    if (!verdict) throw new Error('A reservation must have a verdict.')
    return verdict
  }
}

function reserved(): Reservation {
  const nowMs = Date.now()
  return {
    id: crypto.randomUUID(),
    nowMs,
    ...NOTHING_SPENT,
    tokens: 10,
    money: 20,
    expiresMs: nowMs + 900_000,
  }
}

function settlementOf({ id, nowMs }: Reservation): Settlement {
  return {
    reservation: id,
    startedMs: nowMs,
    nowMs: Date.now(),
    model: 'qwen-plus',
    user: '',
    ending: 'complete',
    usage: USAGE,
    money: 20,
  }
}
