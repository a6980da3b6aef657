import { STREAM_FRAME_EVERY_MS, STREAM_FRAMES, streamRequest, wireForm } from './cases.ts'
import type { Connection, Exchange } from './connection.ts'
import { load, openConnections } from './load.ts'
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

/**
 * Measures workerd's CPU time for streams of {@link STREAM_FRAMES} frames, the request itself included.
 *
 * @returns undefined where the system does not tell CPU time.
 */
export async function compareChunks(rig: Rig, rounds: number): Promise<ChunkCost | undefined> {
  const [bare, gateway] = await Promise.all([
    openConnections(rig.ports.bare, STREAMS),
    openConnections(rig.ports.gateway, STREAMS),
  ])
  const costs: { bare: number[]; gateway: number[] } = { bare: [], gateway: [] }
  const writes = { bare: 0, gateway: 0 }
  await measure(rig, bare, STREAM_FRAMES / 10)
  await measure(rig, gateway, STREAM_FRAMES / 10)
  for (let round = 0; round < rounds; round++) {
    for (const [name, connections] of [
      ['bare', bare],
      ['gateway', gateway],
    ] as const) {
      const { cpu, pieces } = await measure(rig, connections, STREAM_FRAMES)
      if (cpu === undefined) return undefined
      costs[name].push(cpu / (STREAMS * STREAM_FRAMES))
      writes[name] += pieces
    }
  }
  for (const connection of [...bare, ...gateway]) connection.close()
  const sent = rounds * STREAMS * STREAM_FRAMES
  return {
    bareMicroseconds: spread(costs.bare),
    gatewayMicroseconds: spread(costs.gateway),
    ratio: spread(costs.gateway.map((each, round) => each / (costs.bare[round] ?? Number.NaN))),
    framesPerWrite: { bare: sent / writes.bare, gateway: sent / writes.gateway },
  }
}

/** One stream on each connection. */
async function measure(rig: Rig, connections: readonly Connection[], frames: number) {
  let begun = 0
  const check = ({ status, bodyBytes }: Exchange) => {
    if (status !== 200 || bodyBytes < frames) throw new Error(`A stream came to nothing: status ${status}.`)
  }
  const { cpuMicroseconds, exchanges } = await load(
    rig.pid,
    connections,
    () => begun < connections.length,
    () => {
      begun++
      const order = { number: begun, frames, everyMs: STREAM_FRAME_EVERY_MS, openTogether: 0 }
      return wireForm(streamRequest(rig.clientKey, order))
    },
    check,
  )
  return { cpu: cpuMicroseconds, pieces: exchanges.reduce((sum, { pieces }) => sum + pieces, 0) }
}
