import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const RUNNER = fileURLToPath(new URL('killable.ts', import.meta.url))

/** A gateway whose state outlives it. */
export interface KillableGateway {
  /** Changes with every start. */
  address: string
  /** Ends the gateway's processes at once, as a crash does. */
  kill: () => Promise<void>
  start: () => Promise<void>
}

/**
 * Starts a gateway in a process group of its own.
 *
 * @param persist the directory of its storage.
 */
export async function startKillableGateway(
  module: string,
  persist: string,
  variables: Record<string, string>,
): Promise<KillableGateway> {
  let child: ChildProcess | undefined
  const gateway: KillableGateway = {
    address: '',
    start: async () => {
      child = spawn(process.execPath, [RUNNER, module, persist, JSON.stringify(variables)], {
        detached: true,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const [printed] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
      // What workerd logs later has to be read, or its pipe fills.
      child.stdout?.resume()
      gateway.address = printed.toString().trim().split('\n')[0] ?? ''
    },
    kill: async () => {
      if (child?.pid === undefined) return
      const exited = once(child, 'exit')
      process.kill(-child.pid, 'SIGKILL')
      await exited
      child = undefined
    },
  }
  await gateway.start()
  return gateway
}
