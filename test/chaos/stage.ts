import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Platforms, startPlatforms } from '../../emulator/stand-ins/platforms.ts'
import { type Receiver, startReceiver } from '../../emulator/stand-ins/receiver.ts'
import { bundle } from '../../scripts/bundle.ts'
import { startEmulator } from '../../scripts/workers.ts'
import type { EmulatorCall } from '../harness/gateway.ts'
import { type KillableGateway, startKillableGateway } from '../harness/killable-gateway.ts'

const ADMIN_TOKEN = 'admin-token-of-the-chaos-run'

/** A gateway that was just started has all its unfinished work to do. */
const RESPONSE_MS = 60_000

/** A message is given up within half a minute, so that the run ends. */
const RETRIES = '1,1,2,2,3,3,5,5'

/** A gateway with slow storage, all that it talks to, and a key for which no limit is in the way. */
export interface Stage {
  gateway: KillableGateway
  receiver: Receiver
  platforms: Platforms
  ask: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>
  /** What reached DashScope since the last call of this function, or before; each request is there once. */
  calls: () => Promise<EmulatorCall[]>
  stop: () => Promise<void>
}

/** Starts everything with an empty storage. */
export async function startStage(): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-chaos-'))
  const [gatewayModule, emulatorModule] = await Promise.all([
    bundle('test/chaos/slow/index.ts', join(directory, 'gateway')),
    bundle('emulator/index.ts', join(directory, 'emulator')),
  ])
  const emulator = await startEmulator(emulatorModule, 0)
  const receiver = await startReceiver()
  const platforms = await startPlatforms()
  const apiKey = `sk-${randomUUID()}`
  const gateway = await startKillableGateway(gatewayModule, join(directory, 'state'), {
    DASHSCOPE_API_KEY: apiKey,
    DASHSCOPE_BASE_URL: emulator.address,
    ADMIN_TOKEN,
    WEBHOOK_ALLOW_LOOPBACK: 'on',
    WEBHOOK_RETRIES: RETRIES,
    REPLY_RETRIES: RETRIES,
    WEBHOOK_TIMEOUT_MS: '1000',
  })
  let credential = ADMIN_TOKEN
  const ask: Stage['ask'] = (method, path, body, headers = {}) =>
    fetch(gateway.address + path, {
      method,
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(RESPONSE_MS),
    })
  const issued = await ask('POST', '/edge/keys', { name: 'chaos', jobs: { open: 10_000 }, hooks: true })
  credential = ((await issued.json()) as { key: string }).key
  const seen = new Map<string, EmulatorCall>()
  return {
    gateway,
    receiver,
    platforms,
    ask,
    calls: async () => {
      const headers = { authorization: `Bearer ${apiKey}` }
      const response = await fetch(`${emulator.address}/emulator/calls`, { headers })
      for (const call of (await response.json()) as EmulatorCall[]) seen.set(call.id, call)
      return [...seen.values()]
    },
    stop: async () => {
      await gateway.kill()
      await Promise.all([emulator.stop(), receiver.stop(), platforms.stop()])
      await rm(directory, { recursive: true, force: true })
    },
  }
}
