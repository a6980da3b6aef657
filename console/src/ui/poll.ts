/** Between two polls: short while something comes, longer while nothing does. */
const POLL_MS = 2000
const MAX_POLL_MS = 10_000

/**
 * Polls while the page is visible, less often while nothing comes; a failure counts as nothing.
 *
 * @param look asks once, and says whether something came.
 * @returns ends it.
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
