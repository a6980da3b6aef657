/** Callers whose acknowledgements are under way come within this time of each other. */
const QUIET_MS = 40

/** Work is never put off for longer, however many callers come. */
const MAX_WAIT_MS = 1000

/**
 * Puts work off until callers have stopped coming: the first steps of many jobs together would keep their acknowledgements
 * waiting, and platforms wait a second.
 *
 * @param wait resolves after so many milliseconds.
 * @returns what each caller calls; it resolves when the work that follows is done.
 */
export function whenQuiet(
  work: () => void,
  wait: (milliseconds: number) => Promise<void> = (milliseconds) => scheduler.wait(milliseconds),
  now: () => number = Date.now,
): () => Promise<void> {
  let lastMs = 0
  let waiting: Promise<void> | undefined
  const untilQuiet = async (sinceMs: number) => {
    do await wait(QUIET_MS)
    while (now() - lastMs < QUIET_MS && now() - sinceMs < MAX_WAIT_MS)
    waiting = undefined
    work()
  }
  return () => {
    lastMs = now()
    waiting ??= untilQuiet(lastMs)
    return waiting
  }
}
