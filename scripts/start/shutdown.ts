/** Short enough for an immediate restart, and rare enough to use no CPU time. */
const PARENT_WATCH_MS = 200

/** The shell of npm at the start of this process. */
const PARENT = process.ppid

/** The orderly shutdown of a process. */
export interface Shutdown {
  /** Aborted when the shutdown starts; later errors are not reported. */
  signal: AbortSignal
  /** Tasks to run at the end, in parallel. */
  tasks: (() => Promise<unknown>)[]
  /** Removes other signal listeners: Miniflare's would end the process before the tasks are done. */
  takeSignals: () => void
  /** Runs the tasks and ends the process. */
  end: (code: number) => Promise<void>
}

/** Creates a shutdown; `exit` ends the process after the tasks. */
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
 * Shuts down on a signal, or when npm has ended. Ctrl-C in a terminal reaches every process; a signal to npm alone
 * ends npm and its shell, but some shells do not forward it, and the gateway would keep the port.
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
