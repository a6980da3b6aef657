import type { Socket } from 'node:net'
import { scheduler } from 'node:timers/promises'
import { openStream } from './open-stream.ts'
import { treeMemoryMebibytes } from './process-tree.ts'
import { type Route, wireRequest } from './route.ts'
import type { NextNumber } from './throughput.ts'

/** The intended number of streams, if the system allows a process to open enough files. */
const WANTED_STREAMS = 1000

/** Descriptors that a process needs in addition to two sockets per stream. */
const SPARE_DESCRIPTORS = 100

/** Connections that are opened at the same moment; a listener's queue is short. */
const AT_ONCE = 50

/** Long enough that no second event is sent during the measurement. */
const SECOND_EVENT_AFTER_MS = 60_000

/** The time for buffers of the last requests to settle. */
const SETTLE_MS = 500

/** Memory of one contender's processes in MiB. */
export interface Memory {
  before: number
  open: number
  /** Open streams; fewer than intended if the contender starts no more. */
  streams: number
}

/** The maximum number of open streams: children inherit the limit of this process. */
export function openableStreams(): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } }
  const soft = report.userLimits?.open_files?.soft
  if (typeof soft !== 'number') return WANTED_STREAMS
  return Math.max(1, Math.min(WANTED_STREAMS, Math.floor((soft - SPARE_DESCRIPTORS) / 2)))
}

/**
 * Opens streams until all are open, each with its first event received, or no more start, and measures the
 * contender's memory.
 *
 * @returns undefined without a contender, and if the system does not report memory.
 */
export async function memoryWithStreams(
  route: Route,
  count: number,
  next: NextNumber,
): Promise<Memory | undefined> {
  const before = route.pid === undefined ? undefined : treeMemoryMebibytes(route.pid)
  if (route.pid === undefined || before === undefined) return undefined
  const sockets: Socket[] = []
  try {
    while (sockets.length < count) {
      const batch = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () => {
        const question = { number: next(), events: 2, everyMs: SECOND_EVENT_AFTER_MS, delayMs: 0 }
        return openStream(route.port, wireRequest(route, question))
      })
      const begun = (await Promise.allSettled(batch)).flatMap((each) =>
        each.status === 'fulfilled' ? [each.value] : [],
      )
      sockets.push(...begun)
      if (begun.length < batch.length) break
    }
    await scheduler.wait(SETTLE_MS)
    const streams = sockets.filter(({ destroyed }) => !destroyed).length
    return { before, open: treeMemoryMebibytes(route.pid) ?? before, streams }
  } finally {
    for (const socket of sockets) socket.resetAndDestroy()
    await scheduler.wait(SETTLE_MS)
  }
}
