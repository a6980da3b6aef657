import { afterAll, beforeAll } from 'vitest'
import { startTestGateway, type TestGateway } from './gateway.ts'
import { type PlainUpstream, startPlainUpstream } from './plain-upstream.ts'

/** A gateway before the emulator and a key that works. Filled before the tests of the file or block run. */
export interface EmulatedRig {
  gateway: TestGateway
  key: string
}

/** The same with an upstream whose responses the test chooses. */
export interface Rig extends EmulatedRig {
  upstream: PlainUpstream
}

/** Starts a gateway before the emulator for a test file or block and stops it afterwards. */
export function useEmulatedGateway(): EmulatedRig {
  const rig = {} as EmulatedRig
  beforeAll(async () => {
    rig.gateway = await startTestGateway()
    rig.key = (await rig.gateway.issueKey()).key
  })
  afterAll(() => rig.gateway.stop())
  return rig
}

/**
 * Starts a gateway for a test file or block and stops it afterwards.
 *
 * @param variables are added to those that the gateway needs.
 * @param fields of the key, as `POST /edge/keys` takes them.
 */
export function useGateway(
  variables: Record<string, string> = {},
  fields: Record<string, unknown> = {},
): Rig {
  const rig = {} as Rig
  beforeAll(async () => {
    rig.upstream = await startPlainUpstream()
    rig.gateway = await startTestGateway({ DASHSCOPE_BASE_URL: rig.upstream.address, ...variables })
    rig.key = (await rig.gateway.issueKey(fields)).key
  })
  afterAll(async () => {
    await rig.gateway.stop()
    await rig.upstream.stop()
  })
  return rig
}
