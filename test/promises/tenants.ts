import { beforeAll } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

/** A gateway before the emulator, and two keys that must know nothing of each other. */
export interface Tenants {
  gateway: TestGateway
  alice: { id: string; key: string }
  bob: { id: string; key: string }
  /** Sends a request with a key. */
  as: (key: string, path: string, init?: RequestInit) => Promise<Response>
}

/** Starts them for a test file and stops them afterwards. */
export function useTenants(): Tenants {
  const rig = {
    as: (key, path, init = {}) =>
      fetch(rig.gateway.address + path, {
        ...init,
        headers: { authorization: `Bearer ${key}`, ...init.headers },
      }),
  } as Tenants
  beforeAll(async () => {
    rig.gateway = await startTestGateway()
    rig.alice = await rig.gateway.issueKey({ name: 'alice' })
    rig.bob = await rig.gateway.issueKey({ name: 'bob' })
    return rig.gateway.stop
  })
  return rig
}
