import { scheduler } from 'node:timers/promises'
import {
  type Case,
  HIT_CASE,
  KV_HIT_CASE,
  LIMITED_CASE,
  METERED_CASE,
  PLAIN_CASE,
  PROMISED_CASE,
  THROUGHPUT_CASES,
  TOKEN_CASE,
  wireForm,
} from './cases.ts'
import { YARDSTICKS } from './config.ts'
import { type Exchange, openConnection } from './connection.ts'
import { AFTER_RESPONSE_MS, CONNECTIONS, type Load, load } from './load.ts'
import type { Rig } from './rig.ts'
import { type Spread, spread } from './statistics.ts'
import { straysIn } from './strays.ts'
import { RESPONSE_BODY } from './upstream.ts'

/** One kind of request, measured with others in the same rounds. */
export interface Comparison {
  name: string
  /** Requests a second. */
  rate: Spread
  /** workerd's CPU time per request; undefined if the system does not report it. */
  cpuMicroseconds: Spread | undefined
  /** Compared with the bare Worker. */
  ofBare: Ratios
  /** Compared with the bare Worker with one KV read, which every gateway with a cache in KV needs. */
  ofLookup: Ratios
  /** Compared with a hand-written function for this case, or for a lookup. */
  ofByHand: Ratios
  /**
   * That function compared with the bare Worker: approximately the platform's limit. Undefined if the case has no
   * function.
   */
  byHandOfBare: Ratios | undefined
}

/** One contender compared with another, within each round. */
export interface Ratios {
  /** Requests per second divided by the other's. */
  rate: Spread
  /**
   * The other's CPU time per request divided by its own, which is robust against other load. Undefined if not
   * reported.
   */
  cpu: Spread | undefined
}

/** The results of all contenders. */
export interface Throughput {
  comparisons: Comparison[]
  /** Additional CPU time of a session token compared with a key; undefined if the system does not report it. */
  tokenMicroseconds: Spread | undefined
  /** Hits in memory and in KV, compared with a Worker that only reads KV and returns. */
  hits: { memory: Ratios; kv: Ratios }
  /** Cases with invalid figures, because the machine was too busy. */
  notes: string[]
}

/** A contender and its requests. */
interface Contender {
  name: string
  kind: Case
  worker: keyof Rig['ports']
}

/** The function by hand with the gateway's own checks. */
export const METERED_CHECKED = 'usage counted, with checks'
export const PLAIN_CHECKED = 'past the cache, with checks'

/** The yardsticks come first: all are compared with them. */
const CONTENDERS: readonly Contender[] = [
  { name: 'bare Worker', kind: PROMISED_CASE, worker: 'bare' },
  { name: 'bare Worker, one KV read', kind: PROMISED_CASE, worker: 'lookup' },
  { name: 'promised work, by hand', kind: PROMISED_CASE, worker: 'byHand' },
  { name: 'usage counted, by hand', kind: METERED_CASE, worker: 'byHandMetered' },
  { name: 'past the cache, by hand', kind: PLAIN_CASE, worker: 'byHand' },
  { name: METERED_CHECKED, kind: METERED_CASE, worker: 'checked' },
  { name: PLAIN_CHECKED, kind: PLAIN_CASE, worker: 'checked' },
  { name: 'limits, by hand', kind: LIMITED_CASE, worker: 'byHandLimited' },
  { name: 'from memory, by hand', kind: HIT_CASE, worker: 'byHand' },
  { name: 'only a KV read', kind: HIT_CASE, worker: 'stored' },
  ...THROUGHPUT_CASES.map(
    (kind): Contender => ({ name: kind.name, kind, worker: kind.gateway ?? 'gateway' }),
  ),
]

/** The duration of the load of each contender. */
export interface Rounds {
  count: number
  /** Seconds per round. */
  seconds: number
  /** Warm-up before the first round: V8 compiles, connections are opened, the key is read. */
  warmUpSeconds: number
}

/**
 * Puts the bare Worker and the gateway under load in turns, so that other load affects both.
 *
 * @throws if a Worker responds with an error.
 */
export async function compareThroughput(rig: Rig, rounds: Rounds): Promise<Throughput> {
  let number = 0
  const measure = ({ kind, worker }: Contender, seconds: number) =>
    load({
      pid: rig.pid,
      port: rig.ports[worker],
      connections: CONNECTIONS,
      mayGoOn: (_sent, elapsedMs) => elapsedMs < seconds * 1000,
      request: () => wireForm(kind.request(++number, rig.credentials[kind.credential])),
      check: checkResponse,
    })
  await prime(rig)
  for (const contender of CONTENDERS) await measure(contender, rounds.warmUpSeconds)

  const loads = CONTENDERS.map((): Load[] => [])
  const notes = new Set<string>()
  for (let round = 0; round < rounds.count; round++) {
    for (const [index, contender] of CONTENDERS.entries()) {
      const measured = await measure(contender, rounds.seconds)
      if (!YARDSTICKS.some((name) => name === contender.worker)) {
        const note = strayIn(contender.kind, measured.exchanges)
        if (note) notes.add(note)
      }
      loads[index]?.push(measured)
    }
  }
  const loadsOf = (wanted: Case) => loads[CONTENDERS.findLastIndex(({ kind }) => kind === wanted)]
  const loadsAt = (wanted: (contender: Contender) => boolean) => loads[CONTENDERS.findIndex(wanted)]
  const [bare, lookup, stored] = (['bare', 'lookup', 'stored'] as const).map(
    (name) => loadsAt(({ worker }) => worker === name) ?? [],
  ) as [Load[], Load[], Load[]]
  const byHandOf = (wanted: Case) =>
    loadsAt(({ kind, worker }) => kind === wanted && worker.startsWith('byHand'))
  return {
    comparisons: CONTENDERS.map(({ name, kind }, index) => {
      const own = byHandOf(kind)
      const byHand = own ?? byHandOf(PROMISED_CASE) ?? []
      return {
        ...compare(name, loads[index] ?? [], { bare, lookup, byHand }),
        byHandOfBare: own && ratios(own, bare),
      }
    }),
    tokenMicroseconds: spreadOfCosts(
      loadsOf(TOKEN_CASE) ?? [],
      loadsOf(PROMISED_CASE) ?? [],
      (own, other) => own - other,
    ),
    hits: {
      memory: ratios(loadsOf(HIT_CASE) ?? [], stored),
      kv: ratios(loadsOf(KV_HIT_CASE) ?? [], stored),
    },
    notes: [...notes],
  }
}

/** Sends each request that will later be served from the cache, so that its response is stored. */
async function prime(rig: Rig): Promise<void> {
  await fetch(`http://127.0.0.1:${rig.ports.stored}/`, { method: 'PUT', body: RESPONSE_BODY })
  const connection = await openConnection(rig.ports.gateway)
  for (const kind of THROUGHPUT_CASES) {
    if (kind.isRepeated) await connection.send(wireForm(kind.request(0, rig.credentials[kind.credential])))
  }
  await scheduler.wait(AFTER_RESPONSE_MS)
  connection.close()
}

function compare(
  name: string,
  own: readonly Load[],
  { bare, lookup, byHand }: Record<'bare' | 'lookup' | 'byHand', readonly Load[]>,
): Omit<Comparison, 'byHandOfBare'> {
  return {
    name,
    rate: spread(own.map((each) => each.perSecond)),
    cpuMicroseconds: spreadOfCosts(own, own, (each) => each),
    ofBare: ratios(own, bare),
    ofLookup: ratios(own, lookup),
    ofByHand: ratios(own, byHand),
  }
}

/** Compares two series of equally many rounds. */
function ratios(own: readonly Load[], other: readonly Load[]): Ratios {
  return {
    rate: spread(own.map((each, round) => each.perSecond / (other[round]?.perSecond ?? Number.NaN))),
    cpu: spreadOfCosts(own, other, (ownCost, otherCost) => otherCost / ownCost),
  }
}

/** Combines the costs per request of two series, round by round. */
function spreadOfCosts(
  own: readonly Load[],
  other: readonly Load[],
  combine: (own: number, other: number) => number,
): Spread | undefined {
  const values = own.flatMap((load, round) => {
    const [ownCost, otherCost] = [cost(load), cost(other[round])]
    return ownCost === undefined || otherCost === undefined ? [] : combine(ownCost, otherCost)
  })
  return values.length > 0 ? spread(values) : undefined
}

/** CPU time per request in microseconds. */
function cost(load: Load | undefined): number | undefined {
  return load?.cpuMicroseconds === undefined ? undefined : load.cpuMicroseconds / load.requests
}

function checkResponse({ status, bodyBytes }: Exchange): void {
  if (status !== 200 || bodyBytes === 0) {
    throw new Error(`A Worker answered with status ${status} and ${bodyBytes} bytes. Its own log says why.`)
  }
}

/** A note if the gateway handled the requests differently from the intended case. */
function strayIn({ name, cacheStatus }: Case, exchanges: readonly Exchange[]): string | undefined {
  const [status] = straysIn(exchanges, cacheStatus)
  if (status === undefined) return undefined
  return `The machine was too busy for "${name}": in a round most responses said "${status}".`
}
