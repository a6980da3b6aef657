import { cpus } from 'node:os'
import { treeCpuMicroseconds } from './process-tree.ts'
import type { Machine } from './result.ts'

/**
 * Starts to measure how much of the machine other programs use; must be called before the load.
 *
 * @returns a function that describes the machine, to be called after the load and before the contenders are stopped.
 */
export function watchMachine(versions: Record<string, string>, now: Date): () => Machine {
  const busyBefore = busyMicroseconds()
  const ownBefore = treeCpuMicroseconds(process.pid) ?? 0
  const start = performance.now()
  return () => {
    const available = (performance.now() - start) * 1000 * cpus().length
    const busy = busyMicroseconds() - busyBefore
    const own = (treeCpuMicroseconds(process.pid) ?? busy) - ownBefore
    return {
      cores: cpus().length,
      model: cpus()[0]?.model ?? 'unknown processor',
      date: now.toISOString().slice(0, 10),
      versions,
      otherShare: Math.max(0, busy - own) / available,
    }
  }
}

/** The total busy time of all processors since the machine started. */
function busyMicroseconds(): number {
  return cpus().reduce((sum, { times }) => sum + 1000 * (times.user + times.nice + times.sys + times.irq), 0)
}
