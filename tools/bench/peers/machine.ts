import { cpus } from 'node:os'
import { treeCpuMicroseconds } from './process-tree.ts'
import type { Machine } from './result.ts'

/**
 * Begins to watch how much of the machine others use; to be called before the load.
 *
 * @returns what describes the machine, to be called after the load and before the contenders are stopped.
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

/** Time that all processors together have worked since the machine started. */
function busyMicroseconds(): number {
  return cpus().reduce((sum, { times }) => sum + 1000 * (times.user + times.nice + times.sys + times.irq), 0)
}
