import { beforeAll } from 'vitest'
import { startTestGateway, type TestGateway } from './gateway.ts'
import { type PlainUpstream, startPlainUpstream } from './plain-upstream.ts'
import { type SharedGateway, sharedGateway, sharedPlainGateway } from './shared-gateway.ts'

/** A gateway before the emulator and a key that works. Filled before the tests of the file or block run. */
export interface EmulatedRig {
  gateway: SharedGateway
  key: string
}

/** The same with an upstream whose responses the test chooses. */
export interface Rig extends EmulatedRig {
  upstream: PlainUpstream
}

/** Gives a test file or block the gateway in front of the emulator that files share, and a key of its own. */
export function useEmulatedGateway(): EmulatedRig {
  const rig = {} as EmulatedRig
  beforeAll(async () => {
    rig.gateway = await sharedGateway()
    rig.key = (await rig.gateway.issueKey()).key
  })
  return rig
}

/** A gateway of this file alone before the emulator, and a key that works. */
export interface OwnRig extends EmulatedRig {
  gateway: TestGateway
}

/** Gives a test file or block a gateway of its own, for tests that read what reached DashScope or belongs to all keys. */
export function useOwnGateway(): OwnRig {
  const rig = {} as OwnRig
  beforeAll(async () => {
    rig.gateway = await startTestGateway()
    rig.key = (await rig.gateway.issueKey()).key
    return rig.gateway.stop
  })
  return rig
}

/**
 * Gives a test file or block a gateway, its upstream and a key of its own. Without variables the gateway is the one that
 * files share; with variables one is started and stopped after the file or block.
 *
 * @param variables are added to those that the gateway needs.
 * @param fields of the key, as `POST /edge/keys` takes them.
 */
export function useGateway(
  variables: Record<string, string> = {},
  fields: Record<string, unknown> = {},
): Rig {
  const rig = {} as Rig
  const isShared = Object.keys(variables).length === 0
  beforeAll(async () => {
    const stop = await (isShared ? share(rig) : startOwn(rig, variables))
    rig.key = (await rig.gateway.issueKey(fields)).key
    return stop
  })
  return rig
}

async function share(rig: Rig): Promise<undefined> {
  Object.assign(rig, await sharedPlainGateway())
}

async function startOwn(rig: Rig, variables: Record<string, string>): Promise<() => Promise<void>> {
  const upstream = await startPlainUpstream()
  const gateway = await startTestGateway({ DASHSCOPE_BASE_URL: upstream.address, ...variables })
  Object.assign(rig, { upstream, gateway })
  return async () => {
    await gateway.stop()
    await upstream.stop()
  }
}
