/**
 * Cloudflare refuses a Worker that starts for longer than a second; a request to a cold Worker waits for the whole
 * start. The goal is 50 ms. With jobs, hooks and realtime, the gateway takes 75 to 120 ms on two slow cores.
 */
export const MAX_STARTUP_MS = 200

/** The parts of V8's CPU profile that are read (Chrome DevTools Protocol, `Profiler.Profile`). */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string } }[]
  /** Ids of nodes, one per sample. */
  samples?: number[]
  /** Microseconds before each sample. */
  timeDeltas?: number[]
}

/**
 * The duration of a profiled start: all samples except idle ones (`(idle)`), including reading the code, native
 * modules and garbage collection. `wrangler check startup` prints it as "Active".
 *
 * @returns milliseconds.
 * @throws Error for a profile without active samples.
 */
export function activeMs({ nodes, samples = [], timeDeltas = [] }: CpuProfile): number {
  const idle = new Set(
    nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id),
  )
  let microseconds = 0
  for (const [at, node] of samples.entries()) if (!idle.has(node)) microseconds += timeDeltas[at] ?? 0
  if (microseconds <= 0) throw new Error('The profile of the start has no active samples. Run this again.')
  return microseconds / 1000
}

/**
 * Checks the fastest of several starts, since other load on the machine only makes a start slower.
 *
 * @returns a sentence with the figures and the limit.
 * @throws Error with such a sentence if even the fastest took too long.
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
