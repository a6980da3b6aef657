import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { endpointNames } from '../../src/dashscope/endpoints.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { makeCase } from './case.ts'
import { fire, type Shot } from './fire.ts'
import { NAMED_ORIGIN } from './headers.ts'
import { describeShot } from './report.ts'
import { withIds } from './sample.ts'
import { SAMPLES } from './samples.ts'
import { fillWorld } from './world.ts'

const CASES = 200
const SEED = 20_251_124

let gateway: TestGateway

beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  gateway = await startTestGateway({ ALLOWED_ORIGINS: NAMED_ORIGIN })
})
afterAll(async () => {
  vi.restoreAllMocks()
  await gateway.stop()
})

it('Every endpoint of the table has a sample.', () => {
  expect(SAMPLES.map(({ name }) => name).sort()).toEqual([...endpointNames].sort())
})

/** These samples name an id that does not exist, or a resource that has ended, so that later cases keep theirs. */
const ENDINGS = /-(?:delete|cancel)$/

it('Every sample except deletes and cancels gets a 200 before it is corrupted.', async () => {
  const key = (await gateway.issueKey()).key
  const { ids } = await fillWorld(gateway.address, [key])
  const refused: string[] = []
  for (const { name, method, path, body, headers } of SAMPLES) {
    if (ENDINGS.test(name)) continue
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(gateway.address + withIds(path, ids), {
      method,
      headers: { ...headers, authorization: `Bearer ${key}` },
      ...(text !== undefined && { body: withIds(text, ids) }),
    })
    if (response.status !== 200) refused.push(`${name} ${response.status} ${await response.text()}`)
    else await response.arrayBuffer()
  }
  expect(refused).toEqual([])
})

it('A case follows from its seed and its number.', () => {
  const ids = {
    task: 't',
    file: 'f',
    'native-file': 'a-1',
    requests: 'r',
    batch: 'b',
    response: 'p',
    conversation: 'c',
    item: 'i',
    'app-response': 'a',
    video: 'v',
  }
  const world = { keys: ['k'], ids }
  expect(makeCase(1, 2, world)).toEqual(makeCase(1, 2, world))
  expect(makeCase(1, 2, world)).not.toEqual(makeCase(1, 3, world))
})

it(`Each of ${CASES} cases gets a response in its dialect, without a secret and without a 500.`, async () => {
  const world = await fillWorld(gateway.address, [
    (await gateway.issueKey()).key,
    (await gateway.issueKey({ aliases: { 'gpt-4o': 'qwen-plus' } })).key,
  ])
  const secrets = { apiKey: gateway.apiKey, adminToken: ADMIN_TOKEN }
  const faulty: Shot[] = []
  let good = 0
  await fire({ address: gateway.address, world, secrets }, SEED, Array(CASES).keys(), (shot) => {
    if (shot.faults.length > 0) faulty.push(shot)
    if (shot.outcome.kind === 'answered' && shot.outcome.status === 200) good++
  })
  expect(faulty.map((shot) => describeShot(shot, SEED)).join('\n\n')).toBe('')
  // A fuzz whose requests are all refused at the door would show nothing.
  expect(good).toBeGreaterThan(CASES / 5)
}, 120_000)
