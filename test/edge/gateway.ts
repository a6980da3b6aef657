import { Hono } from 'hono/tiny'
import { vi } from 'vitest'
import { authenticate } from '../../src/auth/authenticate.ts'
import { edge } from '../../src/edge/router.ts'
import { asGatewayError, errorBody } from '../../src/errors.ts'
import type { Principal } from '../../src/policy/key-record.ts'
import { type MemoryKv, memoryKv } from '../auth/memory-kv.ts'
import { type MemoryRegistry, memoryRegistry } from '../keys/memory-registry.ts'

export const ADMIN_TOKEN = 'correct-horse-battery'

export interface Result {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

export interface OperatorGateway {
  memory: MemoryKv
  registry: MemoryRegistry
  /** Calls as the operator, unless `headers` say otherwise; a body that is not text is sent as JSON. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Result>
  /** Issues a key, and lets the (faked) clock go on a millisecond. */
  create(fields?: object): Promise<{ id: string; key: string }>
  /** Comes with a key as a client does. */
  enter(key: string): Promise<Principal>
}

/** The operator's endpoints mounted as the gateway mounts them, over a KV in memory. */
export function operatorGateway(): OperatorGateway {
  const memory = memoryKv()
  const registry = memoryRegistry(memory.kv)
  const app = new Hono()
  app.route('/edge', edge)
  app.onError((thrown) => {
    const error = asGatewayError(thrown)
    return Response.json(errorBody(error, 'native', 'r-1'), { status: error.status, headers: error.headers })
  })
  const env = { KEYS: memory.kv, REGISTRY: registry.REGISTRY, DASHSCOPE_API_KEY: 'sk-upstream', ADMIN_TOKEN }

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const init: RequestInit = {
      method,
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json', ...headers },
    }
    if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await app.request(path, init, env)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} }
  }

  async function create(fields: object = {}) {
    const { status, body } = await call('POST', '/edge/keys', { name: 'n', ...fields })
    if (status !== 201) throw new Error(`No key was issued: ${JSON.stringify(body)}`)
    vi.advanceTimersByTime(1)
    return { id: String(body.id), key: String(body.key) }
  }

  function enter(key: string) {
    const headers = new Headers({ authorization: `Bearer ${key}`, 'cf-connecting-ip': '192.0.2.1' })
    return authenticate(headers, { KEYS: memory.kv }, Date.now())
  }
  return { memory, registry, call, create, enter }
}
