import { randomUUID } from 'node:crypto'
import type { Miniflare } from 'miniflare'
import { inject } from 'vitest'
import { type GatewayOptions, startGateway } from '../../scripts/workers.ts'

export const ADMIN_TOKEN = 'admin-token-of-the-tests'

/** One request as the emulator saw it. */
export interface EmulatorCall {
  id: string
  /** When it arrived, in milliseconds since 1970. */
  at: number
  method: string
  path: string
  query: string
  headers: Record<string, string>
  body: string
  status: number
  outcome: 'open' | 'answered' | 'left' | 'cut'
  frames: number
}

/** A gateway in workerd with an emulator account of its own. */
export interface TestGateway {
  address: string
  /** The DashScope key that the gateway holds. */
  apiKey: string
  miniflare: Miniflare
  /** Issues a client key; `fields` as `POST /edge/keys` takes them. */
  issueKey: (fields?: Record<string, unknown>) => Promise<{ id: string; key: string }>
  /** What reached the emulator so far. */
  calls: () => Promise<EmulatorCall[]>
  stop: () => Promise<void>
}

/** Starts a gateway; `variables` are added to those it needs. */
export async function startTestGateway(
  variables: Record<string, string> = {},
  module = inject('gatewayModule'),
  options: Pick<GatewayOptions, 'persist' | 'refusalsPerMinute' | 'assets'> = {},
): Promise<TestGateway> {
  const apiKey = `sk-${randomUUID()}`
  const emulator = inject('emulatorAddress')
  const running = await startGateway(module, {
    ...options,
    port: 0,
    variables: { DASHSCOPE_API_KEY: apiKey, DASHSCOPE_BASE_URL: emulator, ADMIN_TOKEN, ...variables },
  })
  const { address, miniflare, stop } = running
  return {
    address,
    apiKey,
    miniflare,
    stop,
    issueKey: issueKeysAt(address),
    calls: async () => {
      const response = await fetch(`${emulator}/emulator/calls`, {
        headers: { authorization: `Bearer ${apiKey}` },
      })
      return response.json()
    },
  }
}

/** Issues client keys as the operator of the gateway at an address. */
export function issueKeysAt(address: string): TestGateway['issueKey'] {
  return async (fields = {}) => {
    const response = await fetch(`${address}/edge/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'test', ...fields }),
    })
    if (response.status !== 201) throw new Error(`No key was issued: ${await response.text()}`)
    return response.json()
  }
}
