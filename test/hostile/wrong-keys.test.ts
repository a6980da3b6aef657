import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { makeClientKey } from '../../src/keys/client-key.ts'
import { CHAT } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { startPlainUpstream } from '../harness/plain-upstream.ts'
import { CHAT_BODY, useRig } from './rig.ts'

const WRONG_KEYS = 300
const AT_ONCE = 16

const rig = useRig()

async function tryKey({ address }: Pick<TestGateway, 'address'>, key: string): Promise<Response> {
  return fetch(address + CHAT, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: CHAT_BODY,
  })
}

/** A key with one letter changed: its checksum does not fit any more. */
function mistyped(key: string): string {
  const last = key.at(-1) === 'x' ? 'y' : 'x'
  return key.slice(0, -1) + last
}

describe('hostile: guessing keys', () => {
  it(`All ${WRONG_KEYS} wrong keys get 401 without a request to DashScope, and the good key still works.`, async () => {
    const statuses = new Map<number, number>()
    let left = WRONG_KEYS
    const guess = async () => {
      while (left > 0) {
        const invented = makeClientKey()
        const response = await tryKey(rig.gateway, left-- % 2 === 0 ? invented : mistyped(invented))
        await response.arrayBuffer()
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, guess))
    expect(Object.fromEntries(statuses)).toEqual({ 401: WRONG_KEYS })
    expect(rig.upstream.seen).toEqual([])
    expect((await tryKey(rig.gateway, rig.key)).status).toBe(200)
  }, 120_000)

  it('A key that is almost right gets the same response as one that is all wrong.', async () => {
    const near = await tryKey(rig.gateway, mistyped(rig.key))
    const far = await tryKey(rig.gateway, mistyped(makeClientKey()))
    const message = async (response: Response) =>
      ((await response.json()) as { error: { message: string } }).error.message
    expect(await message(near)).toBe(await message(far))
  })
})

describe('hostile: malformed keys', () => {
  let gateway: TestGateway

  beforeAll(async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const upstream = await startPlainUpstream()
    const variables = { DASHSCOPE_BASE_URL: upstream.address, KEYS_FAULT: 'throws' }
    gateway = await startTestGateway(variables)
    return () => upstream.stop()
  })
  afterAll(() => gateway.stop())

  it.each([
    'x',
    'dse_',
    `dse_${'0'.repeat(38)}`,
    'dse_'.padEnd(10_000, 'a'),
    'sk-mine',
    'eyJ',
    'null',
    '../id:x',
    'id:key_1',
  ])('The key %s is refused without a lookup.', async (key) => {
    expect((await tryKey(gateway, key)).status).toBe(401)
  })

  it('A well-formed key is looked up, which shows that the store would have failed.', async () => {
    expect((await tryKey(gateway, makeClientKey())).status).toBe(503)
  })
})
