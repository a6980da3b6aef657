/** The interval between polls: short while there is new data, longer otherwise. */
const POLL_MS = 2000
const MAX_POLL_MS = 10_000

/**
 * Polls while the page is visible, less often without new data; a failure counts as no data.
 *
 * @param look polls once, and returns whether there was new data.
 * @returns a function that stops polling.
 */
export function poll(look: () => Promise<boolean>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitMs = POLL_MS
  const run = async () => {
    const found = document.visibilityState === 'visible' && (await look().catch(() => false))
    waitMs = found ? POLL_MS : Math.min(MAX_POLL_MS, waitMs * 1.5)
    if (timer !== undefined) timer = setTimeout(run, waitMs)
  }
  timer = setTimeout(run, POLL_MS)
  return () => {
    clearTimeout(timer)
    timer = undefined
  }
}
