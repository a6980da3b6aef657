import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { type GatewayOptions, startGateway } from '../../scripts/workers.ts'
import { type PooledGateway, takeGateway } from './gateway-pool.ts'
import type { BindingCall } from './worker/index.ts'

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
  /** Issues a client key; `fields` as `POST /edge/keys` takes them. */
  issueKey: (fields?: Record<string, unknown>) => Promise<{ id: string; key: string }>
  /** What reached the emulator so far. */
  calls: () => Promise<EmulatorCall[]>
  /** Calls a binding of the Worker, or an object of its namespace. */
  call: <Result>(call: BindingCall) => Promise<Result>
  /** Makes its isolate forget which regions fail and how fast they are. */
  forgetRegions: () => Promise<void>
  /** One of its KV namespaces. */
  kv: (binding: 'KEYS' | 'CACHE') => TestNamespace
  stop: () => Promise<void>
}

/** What tests need of a KV namespace. */
export interface TestNamespace {
  get: (name: string) => Promise<string | null>
  put: (name: string, value: string, options?: KVNamespacePutOptions) => Promise<void>
  delete: (name: string) => Promise<void>
  list: (options?: KVNamespaceListOptions) => Promise<KVNamespaceListResult<unknown>>
}

/** What only a process of its own can have. */
type OwnProcess = Pick<GatewayOptions, 'persist' | 'refusalsPerMinute' | 'assets'>

/**
 * Starts a gateway.
 *
 * @param variables are added to those it needs.
 * @param own gives it a process of its own; undefined: it comes from the pool.
 */
export async function startTestGateway(
  variables: Record<string, string> = {},
  own?: OwnProcess,
): Promise<TestGateway> {
  const apiKey = `sk-${randomUUID()}`
  const emulator = inject('emulatorAddress')
  const { address, stop } = await startWith(
    { DASHSCOPE_API_KEY: apiKey, DASHSCOPE_BASE_URL: emulator, ADMIN_TOKEN, ...variables },
    own,
  )
  const call: TestGateway['call'] = async (asked) => {
    const response = await post(`${address}/-/test/call`, asked)
    return ((await response.json()) as { result: never }).result
  }
  return {
    address,
    apiKey,
    stop,
    issueKey: issueKeysAt(address),
    calls: async () => {
      const response = await fetch(`${emulator}/emulator/calls`, {
        headers: { authorization: `Bearer ${apiKey}` },
      })
      return response.json()
    },
    call,
    forgetRegions: async () => void (await post(`${address}/-/test/forget`, undefined)),
    kv: (binding) => ({
      get: (...args) => call({ binding, method: 'get', args }),
      put: (...args) => call({ binding, method: 'put', args }),
      delete: (...args) => call({ binding, method: 'delete', args }),
      list: (...args) => call({ binding, method: 'list', args }),
    }),
  }
}

async function startWith(
  variables: Record<string, string>,
  own: OwnProcess | undefined,
): Promise<PooledGateway> {
  if (own) return startGateway(inject('testModule'), { ...own, port: 0, variables })
  const pooled = await takeGateway()
  await post(`${pooled.address}/-/test/variables`, variables)
  return pooled
}

async function post(address: string, body: unknown): Promise<Response> {
  const response = await fetch(address, { method: 'POST', body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`The test Worker failed: ${await response.text()}`)
  return response
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
