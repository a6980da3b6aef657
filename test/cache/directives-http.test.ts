import { beforeAll, describe, expect, it } from 'vitest'
import { ask, nativeBody, SSE, TEXT } from '../harness/caller.ts'
import { json } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'

const OK = '{"output":{"text":"ok"},"usage":{"input_tokens":1,"output_tokens":1},"request_id":"r"}'

const rig = useGateway()
let uncached: string
beforeAll(async () => {
  uncached = (await rig.gateway.issueKey({ cache: { enabled: false } })).key
})

function send(
  question: string,
  headers: Record<string, string> = {},
  other: { path?: string; key?: string; body?: unknown } = {},
): Promise<Response> {
  const body = nativeBody('qwen-plus', question)
  return ask({ address: rig.gateway.address, key: rig.key, path: TEXT, body, ...other, headers })
}

describe('only-if-cached without a cached response', () => {
  const ONLY = { 'cache-control': 'only-if-cached' }
  it.each<[string, () => Promise<Response>]>([
    [
      'an endpoint without a cache',
      () =>
        send('x', ONLY, { path: '/compatible-mode/v1/responses', body: { model: 'qwen-plus', input: 'x' } }),
    ],
    ['a key without a cache', () => send('x', ONLY, { key: uncached })],
    [
      'a stream whose framing is not known',
      () => send('x', { ...ONLY, ...SSE }, { body: nativeBody('qwen3.5-plus', 'x') }),
    ],
    ['no-store in addition', () => send('x', { 'cache-control': 'no-store, only-if-cached' })],
  ])('A request gets 504 without an upstream call: %s', async (_, asked) => {
    rig.upstream.seen.length = 0
    const response = await asked()
    expect(response.status).toBe(504)
    expect(await response.text()).toMatch(/not_?cached/i)
    expect(rig.upstream.seen).toHaveLength(0)
  })
})

describe('responses that did not end properly', () => {
  it.each([
    ['short', '{"output":{"text":"half'],
    ['long', `{"output":{"text":"${'half '.repeat(10_000)}`],
    ['no object', '[{"output":{}}]'],
  ])('A broken response is not cached: %s', async (name, text) => {
    rig.upstream.answer(json(text))
    const first = await send(name)
    expect(first.headers.get('cache-status')).toBe('dashscope-edge; fwd=miss')
    expect(await first.text()).toBe(text)
    rig.upstream.answer(json(OK))
    const second = await send(name)
    expect(second.headers.get('cache-status')).toMatch(/fwd=miss; stored$/)
    expect(await second.text()).toBe(OK)
  })

  it('A long response that ended properly is cached.', async () => {
    const text = `{"output":{"text":"${'whole '.repeat(10_000)}"}}\n`
    rig.upstream.answer(json(text))
    const response = await send('long and whole')
    expect(response.headers.get('cache-status')).toMatch(/fwd=miss; stored$/)
    await response.text()
  })
})

describe('deadlines of identical requests', () => {
  const held = () => {
    const gate = Promise.withResolvers<void>()
    rig.upstream.seen.length = 0
    rig.upstream.answer(async (response, seen) => {
      await gate.promise
      await json(OK)(response, seen)
    })
    return gate.resolve
  }
  const arrived = async (count: number) => {
    while (rig.upstream.seen.length < count) await new Promise((resolve) => setTimeout(resolve, 10))
  }

  it('An impatient caller waits no longer because a patient one asked first.', async () => {
    const release = held()
    const patient = send('shared 1')
    await arrived(1)
    const impatient = await send('shared 1', { 'x-edge-timeout': '1' })
    expect(impatient.status).toBe(504)
    release()
    expect((await patient).status).toBe(200)
  })

  it('A patient caller does not fail because an impatient one asked first.', async () => {
    const release = held()
    const impatient = send('shared 2', { 'x-edge-timeout': '1' })
    await arrived(1)
    const patient = send('shared 2')
    expect((await impatient).status).toBe(504)
    release()
    expect((await patient).status).toBe(200)
  })
})

describe('Retry-After for a page', () => {
  it.each([
    [503, '30', '30'],
    [429, '7', '7'],
  ])(
    'A %d is passed on, and DashScope is not called again before the time is over.',
    async (status, sent, told) => {
      rig.upstream.answer(
        json('<html>busy</html>', status, { 'content-type': 'text/html', 'retry-after': sent }),
      )
      rig.upstream.seen.length = 0
      const response = await send(`page ${status}`, { 'x-edge-timeout': '5' })
      expect(response.status).toBe(status)
      expect(response.headers.get('retry-after')).toBe(told)
      expect(rig.upstream.seen).toHaveLength(1)
      await response.text()
    },
  )
})
