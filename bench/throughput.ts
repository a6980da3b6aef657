import { scheduler } from 'node:timers/promises'
import { type Case, THROUGHPUT_CASES, wireForm } from './cases.ts'
import { type Exchange, openConnection } from './connection.ts'
import { AFTER_ANSWER_MS, CONNECTIONS, type Load, load } from './load.ts'
import type { Rig } from './rig.ts'
import { type Spread, spread } from './statistics.ts'

/** The gateway with one kind of request beside the bare Worker; ratios are taken within a round. */
export interface Comparison {
  name: string
  /** Requests a second. */
  rate: Spread
  /** The gateway's requests a second by the bare Worker's. */
  rateRatio: Spread
  /** workerd's CPU time a request; undefined where the system does not tell. */
  cpuMicroseconds: Spread | undefined
  /** The bare Worker's requests for the CPU time of one through the gateway: the ratio that other work on the machine spares. */
  cpuRatio: Spread | undefined
}

/** Who is put under load, and with which requests. */
interface Contender {
  name: string
  kind: Case
  worker: keyof Rig['ports']
}

const [PROMISED_CASE] = THROUGHPUT_CASES

/** The bare Worker comes first: all others are compared with it. */
const CONTENDERS: readonly Contender[] = [
  { name: 'bare Worker', kind: PROMISED_CASE, worker: 'bare' },
  { name: 'bare Worker, one KV read', kind: PROMISED_CASE, worker: 'lookup' },
  ...THROUGHPUT_CASES.map((kind): Contender => ({ name: kind.name, kind, worker: 'gateway' })),
]

/** How long each contender is under load in each round. */
export interface Rounds {
  count: number
  seconds: number
}

/** The answers of the warm-up are not counted: V8 compiles, connections open, the key is read. */
const WARM_UP_SECONDS = 1.5

/** On a machine that is busy otherwise a look-up may take longer than the gateway waits for it, and count as a miss. */
const MAX_OTHER_SHARE = 0.05

/**
 * Puts the bare Worker and the gateway under load in turns, so that what else the machine does hits all of them.
 *
 * @throws where an answer is not the one that its case is about.
 */
export async function compareThroughput(rig: Rig, rounds: Rounds): Promise<Comparison[]> {
  let number = 0
  const measure = ({ kind, worker }: Contender, seconds: number) =>
    load({
      pid: rig.pid,
      port: rig.ports[worker],
      connections: CONNECTIONS,
      mayGoOn: (_sent, elapsedMs) => elapsedMs < seconds * 1000,
      request: () => wireForm(kind.request(++number, rig.clientKey)),
      check: checkAnswer,
    })
  await prime(rig)
  for (const contender of CONTENDERS) await measure(contender, WARM_UP_SECONDS)

  const loads = CONTENDERS.map((): Load[] => [])
  for (let round = 0; round < rounds.count; round++) {
    for (const [index, contender] of CONTENDERS.entries()) {
      const measured = await measure(contender, rounds.seconds)
      if (contender.worker === 'gateway') checkCase(contender.kind, measured.exchanges)
      loads[index]?.push(measured)
    }
  }
  const yardstick = loads[0] ?? []
  return CONTENDERS.map(({ name }, index) => compare(name, loads[index] ?? [], yardstick))
}

/** Asks each question that will later be answered from the cache, so that it is there. */
async function prime(rig: Rig): Promise<void> {
  const connection = await openConnection(rig.ports.gateway)
  for (const kind of THROUGHPUT_CASES) {
    if (kind.isRepeated) await connection.send(wireForm(kind.request(0, rig.clientKey)))
  }
  await scheduler.wait(AFTER_ANSWER_MS)
  connection.close()
}

/** Compares two series of equally many rounds. */
function compare(name: string, loads: readonly Load[], yardstick: readonly Load[]): Comparison {
  const costs = loads.map(cost)
  const ownCosts = costs.filter((each) => each !== undefined)
  const cpuRatios = yardstick.flatMap((bare, round) => {
    const [bareCost, ownCost] = [cost(bare), costs[round]]
    return bareCost === undefined || ownCost === undefined ? [] : bareCost / ownCost
  })
  return {
    name,
    rate: spread(loads.map((each) => each.perSecond)),
    rateRatio: spread(
      loads.map((each, round) => each.perSecond / (yardstick[round]?.perSecond ?? Number.NaN)),
    ),
    cpuMicroseconds: ownCosts.length > 0 ? spread(ownCosts) : undefined,
    cpuRatio: cpuRatios.length > 0 ? spread(cpuRatios) : undefined,
  }
}

function cost({ cpuMicroseconds, requests }: Load): number | undefined {
  return cpuMicroseconds === undefined ? undefined : cpuMicroseconds / requests
}

function checkAnswer({ status, bodyBytes }: Exchange): void {
  if (status !== 200 || bodyBytes === 0) {
    throw new Error(`A Worker answered with status ${status} and ${bodyBytes} bytes. Its own log says why.`)
  }
}

/** Throws where the gateway did something else with the requests than the case is about. */
function checkCase(kind: Case, exchanges: readonly Exchange[]): void {
  const said = exchanges.map(({ headers }) => headers.get('cache-status') ?? 'nothing')
  const others = said.filter((cacheStatus) => !kind.cacheStatus.test(cacheStatus))
  if (others.length <= MAX_OTHER_SHARE * exchanges.length) return
  throw new Error(
    `${others.length} of ${exchanges.length} answers are not what "${kind.name}" is about; their Cache-Status says: ${others[0]}`,
  )
}
