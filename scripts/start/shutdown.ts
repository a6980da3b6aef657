/** Short enough for a restart right after, and too seldom to use any CPU time. */
const PARENT_WATCH_MS = 200

/** The shell of npm at the start of this process. */
const PARENT = process.ppid

/** Ends a process without leaving anything behind. */
export interface Shutdown {
  /** Aborted once the end has begun; errors that come later are not reported. */
  signal: AbortSignal
  /** Work to do at the end, all at once. */
  tasks: (() => Promise<unknown>)[]
  /** Removes the signal listeners of others. Miniflare adds its own, and they end the process before the tasks are done. */
  takeSignals: () => void
  /** Does the tasks and ends the process. */
  end: (code: number) => Promise<void>
}

/** Collects tasks; `exit` ends the process after them. */
export function createShutdown(exit: (code: number) => void): Shutdown {
  const controller = new AbortController()
  const tasks: Shutdown['tasks'] = []
  const end = async (code: number) => {
    controller.abort()
    await Promise.allSettled(tasks.splice(0).map((task) => task()))
    exit(code)
  }
  return { signal: controller.signal, tasks, takeSignals: () => undefined, end }
}

/**
 * Ends this process in order on a signal, or when npm is gone. Ctrl-C in a terminal reaches every process; a signal to npm
 * alone ends npm and its shell, but not every shell passes it on, and the gateway would keep the port.
 */
export function shutdownOnSignal(): Shutdown {
  const shutdown = createShutdown((code) => process.exit(code))
  const takeSignals = () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.removeAllListeners(signal)
      process.once(signal, () => shutdown.end(0))
    }
  }
  takeSignals()
  if (process.env.npm_lifecycle_event) watchParent(() => shutdown.end(0))
  return { ...shutdown, takeSignals }
}

function watchParent(end: () => Promise<void>): void {
  const watch = setInterval(() => {
    if (process.ppid === PARENT) return
    clearInterval(watch)
    void end()
  }, PARENT_WATCH_MS)
}
