import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../harness/caller.ts'
import { json, type PlainUpstream, startPlainUpstream } from '../harness/plain-upstream.ts'
import { ask, type Heard } from './caller.ts'
import { PATHS } from './dialects.ts'
import { type Fault, stormAt } from './faults.ts'
import type { Leaving } from './plan.ts'
import { type FaultProxy, marker, startFaultProxy } from './proxy.ts'

/** Multi-byte characters throughout, so that most cuts fall inside one. */
const RESPONSE = JSON.stringify({ output: { text: '鲸鱼🐋'.repeat(100) } })

let upstream: PlainUpstream
let proxy: FaultProxy
let planned: (isFirst: boolean) => Fault
let question = 0
beforeAll(async () => {
  upstream = await startPlainUpstream()
  upstream.answer(json(RESPONSE, 200, { 'x-request-id': 'from the target' }))
  proxy = await startFaultProxy(upstream.address, (_question, isFirst) => planned(isFirst))
})
afterAll(async () => {
  await proxy.stop()
  await upstream.stop()
})

/** Asks a question of its own through the proxy under a fault. */
function under(fault: Fault, leaving?: Leaving): Promise<Heard> {
  planned = () => fault
  question++
  return askAgain(leaving)
}

function askAgain(leaving?: Leaving): Promise<Heard> {
  const body = JSON.stringify({ model: 'qwen-plus', input: { prompt: `${marker(question)}: hello` } })
  return ask({ address: proxy.address, path: PATHS.native, headers: {}, body }, leaving)
}

describe('the fault proxy', () => {
  it.each<Fault>([
    { kind: 'none' },
    { kind: 'delay', milliseconds: 50 },
    { kind: 'trickle', writes: 40, gapMs: 1 },
  ])('A response passes whole under $kind', async (fault) => {
    const heard = await under(fault)
    expect(heard).toMatchObject({ ending: 'ended', status: 200, text: RESPONSE })
    expect(heard.headers['x-request-id']).toBe('from the target')
    expect(proxy.calls.get(question)).toMatchObject([{ fault: fault.kind, ending: 'whole', status: 200 }])
  })

  it.each<Fault>([{ kind: 'drop' }, { kind: 'half-open', holdMs: 30 }])(
    'Nothing is sent before the connection closes under $kind',
    async (fault) => {
      const before = upstream.seen.length
      expect(await under(fault)).toMatchObject({ ending: 'broken', status: 0, text: '' })
      expect(upstream.seen.length).toBe(before)
      expect(proxy.calls.get(question)).toMatchObject([{ fault: fault.kind, ending: 'damaged' }])
    },
  )

  it.each([0, 0.5, 0.999])('The connection closes within the body at %d of it.', async (share) => {
    const { ending, status, text } = await under({ kind: 'cut', share })
    expect({ ending, status }).toEqual({ ending: 'broken', status: 200 })
    const bytes = Buffer.byteLength(RESPONSE)
    expect(proxy.calls.get(question)).toMatchObject([{ ending: 'damaged', responseBytes: bytes }])
    const passed = 1 + Math.floor(share * (bytes - 2))
    expect(text).toBe(Buffer.from(RESPONSE).subarray(0, passed).toString())
  })

  it('The connection is reset within the body.', async () => {
    const { ending, text } = await under({ kind: 'reset', share: 0.5 })
    expect(ending).toBe('broken')
    expect(text.length).toBeLessThan(RESPONSE.length)
    expect(proxy.calls.get(question)).toMatchObject([{ ending: 'damaged' }])
  })

  it.each([429, 503] as const)(
    'In a storm the proxy refuses with %d, without an upstream request.',
    async (status) => {
      const before = upstream.seen.length
      const heard = await under({ kind: 'storm', status })
      expect(heard).toMatchObject({ ending: 'ended', status, headers: { 'retry-after': '1' } })
      expect(JSON.parse(heard.text)).toMatchObject({ code: expect.any(String), message: expect.any(String) })
      expect(upstream.seen.length).toBe(before)
    },
  )

  it('The proxy sees a caller leave, before the response and in its middle.', async () => {
    await under({ kind: 'delay', milliseconds: 5000 }, { when: 'asked', afterMs: 50 })
    await until('the proxy sees it', () => proxy.calls.get(question)?.[0]?.ending === 'left')
    await under({ kind: 'trickle', writes: 40, gapMs: 100 }, { when: 'answered' })
    await until('the proxy sees it', () => proxy.calls.get(question)?.[0]?.ending === 'left')
  })

  it('The first call of a request is distinguished from later ones.', async () => {
    await under({ kind: 'drop' })
    planned = (isFirst) => ({ kind: isFirst ? 'drop' : 'none' })
    expect((await askAgain()).ending).toBe('ended')
    expect(proxy.calls.get(question)?.map(({ ending }) => ending)).toEqual(['damaged', 'whole'])
  })
})

describe('storms', () => {
  it('Storms come twice a minute for two seconds, with 429 and 503 in turn.', () => {
    const storms = Array.from({ length: 120 }, (_, second) => stormAt(second * 1000))
    const seconds = storms.flatMap((storm, second) => (storm ? [second] : []))
    expect(seconds).toEqual([15, 16, 45, 46, 75, 76, 105, 106])
    const statuses = storms.flatMap((storm) => (storm?.kind === 'storm' ? [storm.status] : []))
    expect(statuses).toEqual([429, 429, 503, 503, 429, 429, 503, 503])
  })
})
