import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { scheduler } from 'node:timers/promises'

/** The interval for checking whether a port is open. */
const LOOK_AGAIN_MS = 100

/** How to start a process. */
export interface StartOptions {
  env?: Record<string, string>
  /** With a channel for messages. */
  ipc?: boolean
  /** With a pipe on descriptor 3, for workerd's control messages. */
  control?: boolean
}

/** Processes that end with the bench. */
export interface Children {
  /**
   * Starts a process. Its output is discarded, its errors are shown only on request: some contenders print one for
   * each caller that leaves.
   */
  start: (command: string, args: string[], options?: StartOptions) => ChildProcess
  stop: () => void
}

/** Processes started here are ended by their process ids, even after an error or Ctrl-C. */
export function childProcesses(): Children {
  const started: ChildProcess[] = []
  const stop = () => {
    for (const child of started) child.kill('SIGKILL')
  }
  process.once('exit', stop)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  return {
    stop,
    start: (command, args, { env = {}, ipc = false, control = false } = {}) => {
      const extra: StdioOptions = ipc ? ['ipc'] : control ? ['pipe'] : []
      const errors = process.env.BENCH_VERBOSE === undefined ? 'ignore' : 'inherit'
      const child = spawn(command, args, {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', errors, ...extra],
      })
      // Without a listener, a missing command would end the benchmark; waiting for the port reports it.
      child.on('error', () => undefined)
      started.push(child)
      return child
    },
  }
}

/** A port of 127.0.0.1 that is currently free. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return address !== null && typeof address === 'object' ? address.port : 0
}

/**
 * Waits until a process listens on its port of 127.0.0.1.
 *
 * @throws Error if it ends before, or does not within the time.
 */
export async function listeningOn(child: ChildProcess, port: number, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  while (performance.now() < deadline) {
    if (child.pid === undefined || child.exitCode !== null) throw new Error('it ended before it listened')
    if (await accepts(port)) return
    await scheduler.wait(LOOK_AGAIN_MS)
  }
  throw new Error(`it did not listen within ${withinMs / 1000} s`)
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const probe = connect({ host: '127.0.0.1', port })
  probe.once('connect', () => resolve(true)).once('error', () => resolve(false))
  return promise.finally(() => probe.destroy())
}
