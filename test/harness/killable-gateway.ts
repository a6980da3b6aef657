import { type RunningWorker, startGateway } from '../../scripts/workers.ts'

/** A gateway whose state outlives it. */
export interface KillableGateway {
  /** Changes with every start. */
  address: string
  /** Everything that its processes have printed. */
  output: () => string
  /** Ends workerd at once, as a crash does. */
  kill: () => Promise<void>
  start: () => Promise<void>
}

/**
 * Starts a gateway that can crash. Miniflare ends workerd with SIGKILL, so nothing unfinished is saved.
 *
 * @param persist the directory of its storage.
 */
export async function startKillableGateway(
  module: string,
  persist: string,
  variables: Record<string, string>,
): Promise<KillableGateway> {
  let running: RunningWorker | undefined
  let output = ''
  const log = (line: string) => {
    output += `${line}\n`
  }
  const gateway: KillableGateway = {
    address: '',
    output: () => output,
    start: async () => {
      running = await startGateway(module, { port: 0, persist, variables, log })
      gateway.address = running.address
    },
    kill: async () => {
      await running?.stop()
      running = undefined
    },
  }
  await gateway.start()
  return gateway
}
