/** Calls of one burst arrive within this time of each other. */
const QUIET_MS = 40

/** The longest delay of work, however many calls arrive. */
const MAX_WAIT_MS = 1000

type Wait = (milliseconds: number) => Promise<void>

const waitInWorker: Wait = (milliseconds) => scheduler.wait(milliseconds)

/**
 * Waits until no more calls arrive.
 *
 * @param lastMs when the last call arrived.
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
 * Delays work until no more calls arrive: starting many jobs at once would delay their acknowledgements, and
 * platforms wait only a second.
 *
 * @param wait resolves after the given number of milliseconds.
 * @returns the function to call; it resolves when the work is done.
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
