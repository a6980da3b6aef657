import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../scripts/bundle.ts'
import { startEmulator, startGateway } from '../../scripts/workers.ts'
import type { EmulatorCall } from '../harness/gateway.ts'
import { startSite } from './site.ts'
import { type Siteverify, startSiteverify, TEST_SECRET } from './turnstile.ts'

/** Requests that one session token of the page may make. */
export const BUDGET_REQUESTS = 4

/** What the page says of its gateway, for its reader to change. */
const SAMPLE_GATEWAY = 'https://dashscope-edge.example.workers.dev'
const SAMPLE_KEY_ID = 'key_0000000000000000'

/** Everything that a browser meets: a gateway in front of the emulator, siteverify, and a page on two origins. */
export interface Stage {
  gateway: string
  /** The page where it belongs: on an origin that is not the gateway's, and that the keys name. */
  site: string
  /** The same page on an origin that no key names. */
  foreignSite: string
  /** The key that the page's tokens are made from. */
  keyId: string
  /** A client key for pages of the same site, without a budget. */
  clientKey: string
  siteverify: Siteverify
  /** What reached the emulator, oldest first. */
  calls: () => Promise<EmulatorCall[]>
  stop: () => Promise<void>
}

/** Builds and starts all of it on free ports of loopback. */
export async function setStage(): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-browser-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const [gatewayModule, emulatorModule] = await Promise.all([
    bundle('src/index.ts', join(directory, 'gateway')),
    bundle('emulator/index.ts', join(directory, 'emulator')),
  ])
  const adminToken = randomUUID()
  const apiKey = `sk-${randomUUID()}`
  const siteverify = await startSiteverify('localhost', 'chat')
  const emulator = await startEmulator(emulatorModule, 0)
  const gateway = await startGateway(gatewayModule, {
    port: 0,
    variables: {
      DASHSCOPE_API_KEY: apiKey,
      DASHSCOPE_BASE_URL: emulator.address,
      ADMIN_TOKEN: adminToken,
      TURNSTILE_SECRET: TEST_SECRET,
      TURNSTILE_VERIFY_URL: `http://127.0.0.1:${siteverify.port}/turnstile/v0/siteverify`,
    },
  })
  let keyId = ''
  const site = await startSite(() => ({ [SAMPLE_GATEWAY]: gateway.address, [SAMPLE_KEY_ID]: keyId }))
  const origin = `http://localhost:${site.port}`
  const fields = { models: ['qwen-*', 'qwen3-*', 'fault-*'], origins: [origin] }
  const turnstile = { hostnames: ['localhost'], action: 'chat' }
  // The key that the README creates for a page, plus the models that fail on purpose.
  const page = await issueKey(gateway.address, adminToken, {
    ...fields,
    models: ['qwen-flash', 'fault-*'],
    caps: { max_tokens: 500 },
    user_limits: { requests_per_minute: 10 },
    mint: { turnstile, budget: { requests: BUDGET_REQUESTS } },
  })
  const client = await issueKey(gateway.address, adminToken, fields)
  keyId = page.id
  return {
    gateway: gateway.address,
    site: origin,
    foreignSite: `http://127.0.0.1:${site.port}`,
    keyId,
    clientKey: client.key,
    siteverify,
    calls: async () => {
      const response = await fetch(`${emulator.address}/emulator/calls`, {
        headers: { authorization: `Bearer ${apiKey}` },
      })
      return response.json()
    },
    stop: async () => {
      await Promise.all([gateway.stop(), site.stop(), siteverify.stop()])
      await emulator.stop()
    },
  }
}

async function issueKey(
  address: string,
  adminToken: string,
  fields: object,
): Promise<{ id: string; key: string }> {
  const response = await fetch(`${address}/edge/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'browser', ...fields }),
  })
  if (response.status !== 201) throw new Error(`The gateway issued no key: ${await response.text()}`)
  return response.json()
}
