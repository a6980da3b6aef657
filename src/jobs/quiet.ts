/** Callers whose acknowledgements are under way come within this time of each other. */
const QUIET_MS = 40

/** Work is never put off for longer, however many callers come. */
const MAX_WAIT_MS = 1000

type Wait = (milliseconds: number) => Promise<void>

const waitInWorker: Wait = (milliseconds) => scheduler.wait(milliseconds)

/**
 * Waits until callers have stopped coming.
 *
 * @param lastMs when the last caller came.
 */
export async function untilQuiet(
  lastMs: () => number,
  wait: Wait = waitInWorker,
  now: () => number = Date.now,
): Promise<void> {
  const sinceMs = now()
  do await wait(QUIET_MS)
  while (now() - lastMs() < QUIET_MS && now() - sinceMs < MAX_WAIT_MS)
}

/**
 * Puts work off until callers have stopped coming: the first steps of many jobs together would keep their acknowledgements
 * waiting, and platforms wait a second.
 *
 * @param wait resolves after so many milliseconds.
 * @returns what each caller calls; it resolves when the work that follows is done.
 */
export function whenQuiet(
  work: () => void,
  wait: Wait = waitInWorker,
  now: () => number = Date.now,
): () => Promise<void> {
  let lastMs = 0
  let waiting: Promise<void> | undefined
  const workLater = async () => {
    await untilQuiet(() => lastMs, wait, now)
    waiting = undefined
    work()
  }
  return () => {
    lastMs = now()
    waiting ??= workLater()
    return waiting
  }
}
