/**
 * Cloudflare refuses a Worker that starts for longer than a second; a request that meets a cold one waits for all of it. The
 * goal is 50 ms. The gateway takes 75 to 120 ms on two slow cores since jobs, hooks and realtime came in.
 */
export const MAX_STARTUP_MS = 200

/** What is read of a CPU profile as V8 writes it (Chrome DevTools Protocol, `Profiler.Profile`). */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string } }[]
  /** Ids of nodes, one a sample. */
  samples?: number[]
  /** Microseconds before each sample. */
  timeDeltas?: number[]
}

/**
 * How long a profiled start took: all samples but those in which nothing ran (`(idle)`), so with reading the code, native
 * modules and garbage collection. It is what `wrangler check startup` prints as "Active".
 *
 * @returns milliseconds.
 * @throws Error for a profile without a sample of work, which says nothing.
 */
export function activeMs({ nodes, samples = [], timeDeltas = [] }: CpuProfile): number {
  const idle = new Set(
    nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id),
  )
  let microseconds = 0
  for (const [at, node] of samples.entries()) if (!idle.has(node)) microseconds += timeDeltas[at] ?? 0
  if (microseconds <= 0) throw new Error('The profile of the start holds no sample of work. Run this again.')
  return microseconds / 1000
}

/**
 * Judges some starts by the fastest: whatever else runs on the machine only makes a start longer.
 *
 * @returns a sentence with the figures and the limit.
 * @throws Error with such a sentence when even the fastest took too long.
 */
export function requireFast(starts: readonly number[]): string {
  const fastest = Math.min(...starts)
  const figures = starts.map((ms) => ms.toFixed(1)).join(', ')
  const figure = `The Worker starts in ${fastest.toFixed(1)} ms (the fastest of ${figures}); the limit is ${MAX_STARTUP_MS} ms.`
  if (fastest <= MAX_STARTUP_MS) return figure
  throw new Error(
    `${figure} Look at what runs when the modules are loaded: "npx wrangler check startup" writes a profile.`,
  )
}
