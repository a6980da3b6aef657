import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { json, TEXT } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { json as jsonResponse } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'

const rig = useGateway()

function ask(key: string, text: string, address = rig.gateway.address): Promise<Response> {
  return fetch(address + TEXT, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', input: { prompt: text } }),
  })
}

it('A cache entry with damaged metadata is a miss for an isolate that remembers nothing.', async () => {
  const metadata = [
    undefined,
    null,
    {},
    [],
    'x',
    7,
    { storedAtMs: 'now' },
    { storedAtMs: 1, ttlSeconds: 2, headers: 'x' },
  ]
  const persist = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  const start = () => startTestGateway({ DASHSCOPE_BASE_URL: rig.upstream.address }, { persist })
  rig.upstream.answer(jsonResponse('{"output":{"text":"ok","finish_reason":"stop"}}'))
  const first = await start()
  const { key } = await first.issueKey()
  const statusOf = async (gateway: TestGateway, index: number) => {
    const response = await ask(key, `metadata ${index}`, gateway.address)
    return [response.status, response.headers.get('cache-status'), await response.text()]
  }
  const cache = first.kv('CACHE')
  for (const [index, each] of metadata.entries()) {
    const before = new Set((await cache.list()).keys.map(({ name }) => name))
    expect((await statusOf(first, index))[1]).toMatch(/stored/)
    const added = async () => (await cache.list()).keys.filter(({ name }) => !before.has(name))
    await expect.poll(async () => (await added()).length).toBe(1)
    for (const { name } of await added()) {
      await cache.put(name, '{"output":{"text":"damaged"}}', each === undefined ? {} : { metadata: each })
    }
  }
  await first.stop()
  const second = await start()
  try {
    for (const index of metadata.keys()) {
      expect(await statusOf(second, index)).toEqual([
        200,
        'dashscope-edge; fwd=miss; stored',
        '{"output":{"text":"ok","finish_reason":"stop"}}',
      ])
    }
  } finally {
    await second.stop()
    await rm(persist, { recursive: true, force: true })
  }
}, 60_000)

it.each(['{}', '[]', '"x"', '7'])('A key whose record is %s is refused with 503.', async (record) => {
  rig.upstream.answer(jsonResponse('{"output":{"text":"ok"}}'))
  const before = rig.upstream.seen.length
  const { key } = await rig.gateway.issueKey()
  const keys = rig.gateway.kv('KEYS')
  await expect.poll(async () => (await keys.list({ prefix: 'key:' })).keys.length).toBeGreaterThan(0)
  const { keys: entries } = await keys.list({ prefix: 'key:' })
  for (const { name } of entries) await keys.put(name, record)
  const response = await ask(key, 'who am I?')
  expect(response.status).toBe(503)
  expect(await json(response)).toMatchObject({ message: expect.stringContaining('malformed') })
  expect(rig.upstream.seen).toHaveLength(before)
})

it.each([
  '{"model":"m","input":{"messages":[{"role":"user","content":[{"type":{"toString":1}}]}]}}',
  '{"model":"m","input":{"messages":[{"role":{"toString":1},"content":{"valueOf":1}}]}}',
  '{"model":{"toString":1},"input":{"prompt":"x"}}',
  '{"model":"m","input":{"prompt":{"toString":null}},"parameters":{"n":{"valueOf":1},"max_tokens":{"toJSON":1}}}',
])('A body with objects in place of texts never makes the gateway fail: %s', async (body) => {
  rig.upstream.answer(jsonResponse('{"output":{"text":"ok"}}'))
  for (const path of [TEXT, '/compatible-mode/v1/chat/completions', '/apps/anthropic/v1/messages']) {
    const response = await fetch(rig.gateway.address + path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${(await rig.gateway.issueKey({ caps: { media_parts: 1, n: 2 } })).key}`,
        'content-type': 'application/json',
      },
      body,
    })
    expect([200, 400]).toContain(response.status)
  }
})
