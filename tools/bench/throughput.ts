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
import { AFTER_ANSWER_MS, CONNECTIONS, type Load, load } from './load.ts'
import type { Rig } from './rig.ts'
import { type Spread, spread } from './statistics.ts'
import { ANSWER } from './upstream.ts'

/** One kind of request, measured with others in the same rounds. */
export interface Comparison {
  name: string
  /** Requests a second. */
  rate: Spread
  /** workerd's CPU time a request; undefined if the system does not tell. */
  cpuMicroseconds: Spread | undefined
  /** By the bare Worker. */
  ofBare: Ratios
  /** By the bare Worker with one KV read, which every gateway with a cache in KV has to pay. */
  ofLookup: Ratios
  /** By the work of this case, or of a lookup, written down in one function. */
  ofByHand: Ratios
  /** That function by the bare Worker: about what the platform allows. Undefined if the case has none of its own. */
  byHandOfBare: Ratios | undefined
}

/** How one contender does by another; taken within each round. */
export interface Ratios {
  /** Requests a second by the other's. */
  rate: Spread
  /** The other's CPU time a request by the own: what other work on the machine spares. Undefined if it is not told. */
  cpu: Spread | undefined
}

/** What was measured of all contenders. */
export interface Throughput {
  comparisons: Comparison[]
  /** CPU time that a session token costs more than a key; undefined if the system does not tell. */
  tokenMicroseconds: Spread | undefined
  /** Hits by a Worker that only reads KV and returns: of answers in memory, and of those in KV. */
  hits: { memory: Ratios; kv: Ratios }
  /** Cases whose figures say something else than their names, because the machine was too busy. */
  notes: string[]
}

/** Who is put under load, and with which requests. */
interface Contender {
  name: string
  kind: Case
  worker: keyof Rig['ports']
}

/** The yardsticks come first: all are compared with them. */
const CONTENDERS: readonly Contender[] = [
  { name: 'bare Worker', kind: PROMISED_CASE, worker: 'bare' },
  { name: 'bare Worker, one KV read', kind: PROMISED_CASE, worker: 'lookup' },
  { name: 'promised work, by hand', kind: PROMISED_CASE, worker: 'byHand' },
  { name: 'usage counted, by hand', kind: METERED_CASE, worker: 'byHandMetered' },
  { name: 'past the cache, by hand', kind: PLAIN_CASE, worker: 'byHand' },
  { name: 'limits, by hand', kind: LIMITED_CASE, worker: 'byHandLimited' },
  { name: 'from memory, by hand', kind: HIT_CASE, worker: 'byHand' },
  { name: 'only a KV read', kind: HIT_CASE, worker: 'stored' },
  ...THROUGHPUT_CASES.map(
    (kind): Contender => ({ name: kind.name, kind, worker: kind.gateway ?? 'gateway' }),
  ),
]

/** How long each contender is under load. */
export interface Rounds {
  count: number
  /** In each round. */
  seconds: number
  /** Before the first; not counted: V8 compiles, connections open, the key is read. */
  warmUpSeconds: number
}

/** On a machine that is busy otherwise a lookup may take longer than the gateway waits for it, and count as a miss. */
const MAX_OTHER_SHARE = 0.05

/**
 * Puts the bare Worker and the gateway under load in turns, so that what else the machine does hits all of them.
 *
 * @throws if a Worker answers with an error.
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
      check: checkAnswer,
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

/** Asks each question that will later be answered from the cache, so that it is stored. */
async function prime(rig: Rig): Promise<void> {
  await fetch(`http://127.0.0.1:${rig.ports.stored}/`, { method: 'PUT', body: ANSWER })
  const connection = await openConnection(rig.ports.gateway)
  for (const kind of THROUGHPUT_CASES) {
    if (kind.isRepeated) await connection.send(wireForm(kind.request(0, rig.credentials[kind.credential])))
  }
  await scheduler.wait(AFTER_ANSWER_MS)
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

/** Combines what a request cost in each of two series, round by round. */
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

/** CPU time a request in microseconds. */
function cost(load: Load | undefined): number | undefined {
  return load?.cpuMicroseconds === undefined ? undefined : load.cpuMicroseconds / load.requests
}

function checkAnswer({ status, bodyBytes }: Exchange): void {
  if (status !== 200 || bodyBytes === 0) {
    throw new Error(`A Worker answered with status ${status} and ${bodyBytes} bytes. Its own log says why.`)
  }
}

/** What to say if the gateway did something else with the requests than the case is about. */
function strayIn({ name, cacheStatus }: Case, exchanges: readonly Exchange[]): string | undefined {
  const said = exchanges.map(({ headers }) => headers.get('cache-status') ?? 'nothing')
  const others = said.filter((each) => !cacheStatus.test(each))
  if (others.length <= MAX_OTHER_SHARE * exchanges.length) return undefined
  return `The machine was too busy for "${name}": in a round most responses said "${others[0]}".`
}
