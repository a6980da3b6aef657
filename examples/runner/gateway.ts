import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../scripts/bundle.ts'
import { startEmulator, startGateway } from '../../scripts/workers.ts'

/** A gateway to run the examples against. */
export interface Target {
  address: string
  key: string
  /** Whether the emulator answers, so that the answers are known. */
  emulated: boolean
  stop: () => Promise<void>
}

/** Takes the environment; returns the gateway that it names, or one started for the purpose in front of the emulator. */
export function openTarget(environment: NodeJS.ProcessEnv): Promise<Target> {
  const { DASHSCOPE_EDGE_URL: address, DASHSCOPE_EDGE_KEY: key } = environment
  if (!address && !key) return startTarget()
  if (!address || !key) {
    throw new Error('Set both DASHSCOPE_EDGE_URL and DASHSCOPE_EDGE_KEY, or neither to start a gateway.')
  }
  return Promise.resolve({ address, key, emulated: false, stop: () => Promise.resolve() })
}

async function startTarget(): Promise<Target> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-examples-'))
  const [gatewayModule, emulatorModule] = await Promise.all([
    bundle('src/index.ts', join(directory, 'gateway')),
    bundle('emulator/index.ts', join(directory, 'emulator')),
  ])
  const adminToken = randomUUID()
  const emulator = await startEmulator(emulatorModule, 0)
  const gateway = await startGateway(gatewayModule, {
    port: 0,
    variables: {
      DASHSCOPE_API_KEY: `sk-${randomUUID()}`,
      DASHSCOPE_BASE_URL: emulator.address,
      DASHSCOPE_BATCH_URL: emulator.address,
      ADMIN_TOKEN: adminToken,
      // The examples of jobs receive their webhooks on this machine.
      WEBHOOK_ALLOW_LOOPBACK: 'on',
    },
  })
  return {
    address: gateway.address,
    key: await issueKey(gateway.address, adminToken),
    emulated: true,
    stop: async () => {
      await gateway.stop()
      await emulator.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function issueKey(address: string, adminToken: string): Promise<string> {
  const response = await fetch(`${address}/edge/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'examples' }),
  })
  if (response.status !== 201) throw new Error(`The gateway issued no key: ${await response.text()}`)
  const { key }: { key: string } = await response.json()
  return key
}
