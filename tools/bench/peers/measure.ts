import { awake } from '../awake.ts'
import { type Spread, spread } from '../statistics.ts'
import { addedToFirstEvent } from './first-event.ts'
import { callsForIdentical } from './identical.ts'
import { FLOWS, timesToAbort } from './leaving.ts'
import { memoryWithStreams, openableStreams } from './memory.ts'
import type { Calls, MemoryUse, Ratios, Result, StreamCost, Throughput, Times } from './result.ts'
import type { Stage } from './stage.ts'
import { type Burst, burst, inTurns, type NextNumber } from './throughput.ts'

/** Long enough that the resolution of CPU time, a hundredth of a second, is a few per cent at most. */
const SECONDS = 1

/** Streams are paced as by a fast model; 10 callers keep the machine busy, and a gateway can still keep up. */
const STREAM_CALLERS = 10
const STREAM_SECONDS = 0.8
const EVENT_EVERY_MS = 2
const STREAM_LENGTHS = [10, 100, 1000]

const FIRST_EVENT_TURNS = 200
const LEAVING_TURNS = 20
const IDENTICAL_ROUNDS = 3

/** Memory is measured first: after hours of load, a runtime may hold memory that streams do not need. */
export async function measureMemory(stage: Stage, next: NextNumber) {
  const streamsOpen = openableStreams()
  const memory: MemoryUse[] = []
  for (const route of [stage.bare, stage.gateway, ...stage.peers]) {
    const used = await memoryWithStreams(route, streamsOpen, next)
    if (used) memory.push({ name: route.name, ...used })
    await stage.backend.endStreams()
  }
  return { streamsOpen, memory }
}

/** Plain requests, all contenders in turns. */
export async function measureThroughput(
  { direct, bare, variants, peers }: Stage,
  rounds: number,
  next: NextNumber,
): Promise<Pick<Result, 'throughput' | 'ratios'>> {
  const routes = [direct, bare, ...variants, ...peers]
  const bursts = await inTurns(routes, rounds, (route) => burst(route, next, { seconds: SECONDS }))
  const [plain] = variants
  const own = plain ? (bursts[routes.indexOf(plain)] ?? []) : []
  const throughput = routes.map(
    ({ name }, index): Throughput => ({
      name,
      perSecond: spread((bursts[index] ?? []).map(({ perSecond }) => perSecond)),
      cpuMicroseconds: cpuSpread(bursts[index] ?? [], 1),
    }),
  )
  const ratios = peers.map((peer): Ratios => {
    const theirs = bursts[routes.indexOf(peer)] ?? []
    const rates = own.map(({ perSecond }, round) => perSecond / (theirs[round]?.perSecond ?? Number.NaN))
    const costs = own.flatMap(({ cpuMicroseconds }, round) => {
      const cost = theirs[round]?.cpuMicroseconds
      return cpuMicroseconds && cost ? [cost / cpuMicroseconds] : []
    })
    return { name: peer.name, rate: spread(rates), cpu: costs.length > 0 ? spread(costs) : undefined }
  })
  return { throughput, ratios }
}

/** Streams of each length, all contenders in turns. */
export async function measureStreams(
  { bare, gateway, unmetered, peers }: Stage,
  rounds: number,
  next: NextNumber,
): Promise<StreamCost[]> {
  const routes = [bare, gateway, unmetered, ...peers]
  const costs: StreamCost[] = []
  for (const events of STREAM_LENGTHS) {
    const options = { seconds: STREAM_SECONDS, callers: STREAM_CALLERS, events, everyMs: EVENT_EVERY_MS }
    const bursts = await inTurns(routes, rounds, (route) => burst(route, next, options))
    for (const [index, { name }] of routes.entries()) {
      costs.push({ name, events, cpuMicroseconds: cpuSpread(bursts[index] ?? [], events) })
    }
  }
  return costs
}

/** The times that one caller sees, and the calls that many cause. */
export async function measureOthers(
  { direct, bare, gateway, peers, backend }: Stage,
  next: NextNumber,
): Promise<Pick<Result, 'firstEvent' | 'leaving' | 'identical'>> {
  const others = [bare, gateway, ...peers]
  const all = [direct, ...others]
  const added = await awake(() => addedToFirstEvent(direct, others, FIRST_EVENT_TURNS, next))
  const leaving: Result['leaving'] = []
  for (const flow of FLOWS) {
    const times = await timesToAbort(all, flow, LEAVING_TURNS, backend, next)
    await backend.endStreams()
    leaving.push({ flow: flow.name, times: all.map(({ name }, index) => timesOf(name, times[index] ?? [])) })
  }
  const identical: Calls[] = all.map(({ name }) => ({ name, calls: [] }))
  for (let round = 0; round < IDENTICAL_ROUNDS; round++) {
    for (const [index, route] of all.entries()) {
      identical[index]?.calls.push(await callsForIdentical(route, backend, next()))
    }
  }
  return {
    firstEvent: others.map(({ name }, index) => timesOf(name, added[index] ?? [])),
    leaving,
    identical,
  }
}

function timesOf(name: string, times: readonly number[]): Times {
  const inTime = times.filter((each) => Number.isFinite(each))
  return {
    name,
    spread: inTime.length > times.length / 2 ? spread(inTime) : undefined,
    longest: inTime.length === times.length ? Math.max(...times) : null,
  }
}

/** CPU time per request, or per event. */
function cpuSpread(bursts: readonly Burst[], events: number): Spread | undefined {
  const costs = bursts.flatMap(({ cpuMicroseconds }) =>
    cpuMicroseconds === undefined ? [] : [cpuMicroseconds / events],
  )
  return costs.length > 0 ? spread(costs) : undefined
}
