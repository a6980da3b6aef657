import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../../scripts/bundle.ts'
import { type RunningWorker, startEmulator, startGateway } from '../../../scripts/workers.ts'
import { childPids } from '../../soak/memory.ts'
import { startSink } from './sink.ts'

const ADMIN_TOKEN = 'admin-token-of-the-load'

/** A Worker in a process of its own. */
export interface Measured {
  address: string
  pid: number
}

/** The gateway and a bare relay before the same upstream, each in its own process. */
export interface Stage {
  gateway: Measured
  bare: Measured
  /** Issues a client key. */
  issueKey: () => Promise<string>
  stop: () => Promise<void>
}

/** Starts everything on free ports. */
export async function openStage(): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-load-'))
  const [gatewayModule, bareModule] = await Promise.all([
    bundle('src/index.ts', join(directory, 'gateway')),
    bundle('test/realtime/load/bare-relay.ts', join(directory, 'bare')),
  ])
  const sink = await startSink()
  const [bareRunning, bare] = await measured(() => startEmulator(bareModule, 0))
  const [gatewayRunning, gateway] = await measured(() =>
    startGateway(gatewayModule, {
      port: 0,
      variables: { DASHSCOPE_API_KEY: 'sk-load', DASHSCOPE_BASE_URL: sink.address, ADMIN_TOKEN },
    }),
  )
  return {
    gateway,
    bare: { ...bare, address: `${bare.address}/${new URL(sink.address).host}` },
    issueKey: async () => {
      const response = await fetch(`${gateway.address}/edge/keys`, {
        method: 'POST',
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'load' }),
      })
      return ((await response.json()) as { key: string }).key
    },
    stop: async () => {
      for (const running of [gatewayRunning, bareRunning, sink]) await running.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Starts a Worker and finds the process that it runs in. */
async function measured(start: () => Promise<RunningWorker>): Promise<[RunningWorker, Measured]> {
  const before = new Set(childPids())
  const running = await start()
  const pid = childPids().find((each) => !before.has(each))
  if (pid === undefined) throw new Error('The process of workerd was not found.')
  return [running, { address: running.address, pid }]
}
