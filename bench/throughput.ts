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

/** How long each contender is under load in each round. */
export interface Rounds {
  count: number
  seconds: number
}

/** The answers of the warm-up are not counted: V8 compiles, connections open, the key is read. */
const WARM_UP_SECONDS = 1.5

/**
 * Puts the bare Worker and the gateway under load in turns, so that what else the machine does hits all of them.
 *
 * @throws where an answer is not the one that its case is about.
 */
export async function compareThroughput(rig: Rig, rounds: Rounds): Promise<Comparison[]> {
  let number = 0
  const measure = (kind: Case, isBare: boolean, seconds: number) =>
    load({
      pid: rig.pid,
      port: isBare ? rig.ports.bare : rig.ports.gateway,
      connections: CONNECTIONS,
      mayGoOn: (_sent, elapsedMs) => elapsedMs < seconds * 1000,
      request: () => wireForm(kind.request(++number, rig.clientKey)),
      check: (exchange) => checkAnswer(exchange, isBare ? undefined : kind),
    })
  const [plain] = THROUGHPUT_CASES
  if (!plain) return []
  const contenders = [{ name: 'bare Worker', kind: plain, isBare: true }].concat(
    THROUGHPUT_CASES.map((kind) => ({ name: kind.name, kind, isBare: false })),
  )
  await prime(rig)
  for (const { kind, isBare } of contenders) await measure(kind, isBare, WARM_UP_SECONDS)

  const loads = contenders.map((): Load[] => [])
  for (let round = 0; round < rounds.count; round++) {
    for (const [index, { kind, isBare }] of contenders.entries()) {
      loads[index]?.push(await measure(kind, isBare, rounds.seconds))
    }
  }
  const yardstick = loads[0] ?? []
  return contenders.map(({ name }, index) => compare(name, loads[index] ?? [], yardstick))
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

function checkAnswer({ status, headers, bodyBytes }: Exchange, kind: Case | undefined): void {
  const cacheStatus = headers.get('cache-status')
  const isRight = kind ? kind.cacheStatus.test(cacheStatus ?? '') : cacheStatus === undefined
  if (status === 200 && bodyBytes > 0 && isRight) return
  throw new Error(
    `The answer is not what "${kind?.name ?? 'bare Worker'}" is about: status ${status}, Cache-Status ${cacheStatus}, ${bodyBytes} bytes.`,
  )
}
