import { STREAM_FRAME_EVERY_MS, STREAM_FRAMES, streamRequest, wireForm } from './cases.ts'
import { load } from './load.ts'
import type { Rig } from './rig.ts'
import { type Spread, spread } from './statistics.ts'

/** What a frame of a stream costs on its way through both Workers. */
export interface ChunkCost {
  bareMicroseconds: Spread
  gatewayMicroseconds: Spread
  /** The gateway's CPU time by the bare Worker's, within a round. */
  ratio: Spread
  /** Frames by writes to the caller; above 1 some were joined because workerd or the machine lagged. */
  framesPerWrite: { bare: number; gateway: number }
}

/** Streams at once: workerd is busy but keeps up, so that frames are not joined. */
const STREAMS = 20

const CONTENDERS = ['bare', 'gateway'] as const

/**
 * Measures workerd's CPU time for streams of {@link STREAM_FRAMES} frames, the request itself included.
 *
 * @returns undefined where the system does not tell CPU time.
 */
export async function compareChunks(rig: Rig, rounds: number): Promise<ChunkCost | undefined> {
  const costs: { bare: number[]; gateway: number[] } = { bare: [], gateway: [] }
  const writes = { bare: 0, gateway: 0 }
  for (const name of CONTENDERS) await measure(rig, name, STREAM_FRAMES / 10)
  for (let round = 0; round < rounds; round++) {
    for (const name of CONTENDERS) {
      const { cpu, pieces } = await measure(rig, name, STREAM_FRAMES)
      if (cpu === undefined) return undefined
      costs[name].push(cpu / (STREAMS * STREAM_FRAMES))
      writes[name] += pieces
    }
  }
  const sent = rounds * STREAMS * STREAM_FRAMES
  return {
    bareMicroseconds: spread(costs.bare),
    gatewayMicroseconds: spread(costs.gateway),
    ratio: spread(costs.gateway.map((each, round) => each / (costs.bare[round] ?? Number.NaN))),
    framesPerWrite: { bare: sent / writes.bare, gateway: sent / writes.gateway },
  }
}

/** One stream on each connection. */
async function measure(rig: Rig, name: (typeof CONTENDERS)[number], frames: number) {
  let number = 0
  const { cpuMicroseconds, exchanges } = await load({
    pid: rig.pid,
    port: rig.ports[name],
    connections: STREAMS,
    mayGoOn: (sent) => sent < STREAMS,
    request: () => {
      const order = { number: ++number, frames, everyMs: STREAM_FRAME_EVERY_MS, openTogether: 0 }
      return wireForm(streamRequest(rig.clientKey, order))
    },
    check: ({ status, pieces }) => {
      if (status !== 200 || pieces === 0) throw new Error(`A stream came to nothing: status ${status}.`)
    },
  })
  return { cpu: cpuMicroseconds, pieces: exchanges.reduce((sum, { pieces }) => sum + pieces, 0) }
}
