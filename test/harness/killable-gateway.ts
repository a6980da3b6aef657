import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const RUNNER = fileURLToPath(new URL('killable.ts', import.meta.url))

/** A gateway whose state outlives it. */
export interface KillableGateway {
  /** Changes with every start. */
  address: string
  /** Everything that its processes have printed. */
  output: () => string
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
  let output = ''
  const gateway: KillableGateway = {
    address: '',
    output: () => output,
    start: async () => {
      child = spawn(process.execPath, [RUNNER, module, persist, JSON.stringify(variables)], {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      for (const stream of [child.stdout, child.stderr]) {
        // What workerd logs has to be read, or its pipe fills.
        stream?.on('data', (piece) => {
          output += piece
        })
      }
      const ended = once(child, 'exit').then(([code]) => {
        throw new Error(`The gateway ended with ${code} before it listened:\n${output}`)
      })
      const printed = once(child.stdout as NodeJS.ReadableStream, 'data').then(([piece]) => piece as Buffer)
      // A kill ends it later, when the race is over.
      ended.catch(() => undefined)
      const text = await Promise.race([printed, ended])
      gateway.address = text.toString().trim().split('\n')[0] ?? ''
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
