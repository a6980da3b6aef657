import { type Credential, streamRequest, wireForm } from './cases.ts'
import { load } from './load.ts'
import type { Rig } from './rig.ts'
import { type Spread, spread } from './statistics.ts'

/** The cost per frame of a stream in one of the Workers. */
export interface ChunkCost {
  name: string
  /** workerd's CPU time. */
  microseconds: Spread
  /** That time divided by the bare Worker's in the same round. */
  ratio: Spread
  /** Frames per write to the caller; above 1, some were joined because workerd or the machine lagged. */
  framesPerWrite: number
}

/** The number of parallel streams, and the interval of their frames. */
export interface Pace {
  streams: number
  everyMs: number
}

/** The highest rate at which workerd keeps up, so that frames are not joined. */
export const SATURATED: Pace = { streams: 20, everyMs: 2 }

/** About 30 frames a second on each stream, the speed of a model. */
export const AS_WRITTEN: Pace = { streams: 100, everyMs: 33 }

interface Contender {
  name: string
  worker: keyof Rig['ports']
  credential: Credential
}

/** A copy of the stream is read on a timer and at its end, so JavaScript runs for few of its events. */
export const METERED_STREAM = 'gateway, usage counted'

/** The gateway needs no byte of the stream, so no JavaScript runs for its events. */
export const UNMETERED_STREAM = 'gateway, key not metered'

/** The least that a Worker does to count the usage of a stream. */
export const TEED_STREAM = 'usage counted, by hand'

/** The bare Worker comes first: the others are compared with it. */
const CONTENDERS: readonly Contender[] = [
  { name: 'bare Worker', worker: 'bare', credential: 'clientKey' },
  { name: TEED_STREAM, worker: 'teed', credential: 'clientKey' },
  { name: UNMETERED_STREAM, worker: 'gateway', credential: 'unmeteredKey' },
  { name: METERED_STREAM, worker: 'gateway', credential: 'clientKey' },
]

/**
 * Measures workerd's CPU time for streams, including the request itself.
 *
 * @param frames the number of frames per stream.
 * @returns an empty list if the system does not report CPU time.
 */
export async function compareChunks(
  rig: Rig,
  pace: Pace,
  rounds: number,
  frames: number,
): Promise<ChunkCost[]> {
  const costs = CONTENDERS.map((): number[] => [])
  const writes = CONTENDERS.map(() => 0)
  for (const contender of CONTENDERS) await measure(rig, contender, pace, Math.ceil(frames / 10))
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of CONTENDERS.entries()) {
      const { cpu, pieces } = await measure(rig, contender, pace, frames)
      if (cpu === undefined) return []
      costs[index]?.push(cpu / (pace.streams * frames))
      writes[index] = (writes[index] ?? 0) + pieces
    }
  }
  const sent = rounds * pace.streams * frames
  const [bare = []] = costs
  return CONTENDERS.map(({ name }, index) => {
    const own = costs[index] ?? []
    return {
      name,
      microseconds: spread(own),
      ratio: spread(own.map((each, round) => each / (bare[round] ?? Number.NaN))),
      framesPerWrite: sent / (writes[index] ?? Number.NaN),
    }
  })
}

/** One stream on each connection. */
async function measure(
  rig: Rig,
  { worker, credential }: Contender,
  { streams, everyMs }: Pace,
  frames: number,
) {
  let number = 0
  const { cpuMicroseconds, exchanges } = await load({
    pid: rig.pid,
    port: rig.ports[worker],
    connections: streams,
    mayGoOn: (sent) => sent < streams,
    request: () => {
      const order = { number: ++number, frames, everyMs, openTogether: 0 }
      return wireForm(streamRequest(rig.credentials[credential], order))
    },
    check: ({ status, pieces }) => {
      if (status !== 200 || pieces === 0) throw new Error(`A stream came to nothing: status ${status}.`)
    },
  })
  return { cpu: cpuMicroseconds, pieces: exchanges.reduce((sum, exchange) => sum + exchange.pieces, 0) }
}
