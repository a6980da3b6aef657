/** Soon enough for whoever starts it again at once, and too seldom to be seen in a list of processes. */
const PARENT_WATCH_MS = 200

/** npm's shell, as it was before anything could happen to it. */
const PARENT = process.ppid

/** How a process comes to its end with nothing left behind. */
export interface Ending {
  /** Aborted once the end has begun: what fails from then on is no news. */
  signal: AbortSignal
  /** What is to be done then, all at once. */
  stops: (() => Promise<unknown>)[]
  /**
   * Takes away the listeners of others. Miniflare brings its own when it is made, and they end the process before anything
   * is put in order.
   */
  takeSignals: () => void
  /** Stops everything and ends the process with a code. */
  end: (code: number) => Promise<void>
}

/**
 * From now on the process ends in order on a signal, or when npm is gone. In a terminal Ctrl-C reaches every process; a
 * signal to npm alone ends npm and its shell but is not passed on by every shell, and the gateway would stay behind with
 * the port.
 */
export function endWhenTold(): Ending {
  const controller = new AbortController()
  const stops: Ending['stops'] = []
  const end = async (code: number) => {
    controller.abort()
    await Promise.allSettled(stops.splice(0).map((stop) => stop()))
    process.exit(code)
  }
  const takeSignals = () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.removeAllListeners(signal)
      process.once(signal, () => end(0))
    }
  }
  takeSignals()
  if (process.env.npm_lifecycle_event) watchParent(() => end(0))
  return { signal: controller.signal, stops, takeSignals, end }
}

function watchParent(end: () => Promise<void>): void {
  const watch = setInterval(() => {
    if (process.ppid === PARENT) return
    clearInterval(watch)
    void end()
  }, PARENT_WATCH_MS)
}
