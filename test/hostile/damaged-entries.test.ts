import { expect, it } from 'vitest'
import { json, TEXT } from '../harness/caller.ts'
import { json as answer } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'

const rig = useGateway()

function ask(key: string, text: string): Promise<Response> {
  return fetch(rig.gateway.address + TEXT, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', input: { prompt: text } }),
  })
}

it.each([
  undefined,
  null,
  {},
  [],
  'x',
  7,
  { storedAtMs: 'now' },
  { storedAtMs: 1, ttlSeconds: 2, headers: 'x' },
])('A cache entry with the metadata %j is a miss.', async (metadata) => {
  const text = `metadata ${JSON.stringify(metadata)}`
  rig.upstream.answer(answer('{"output":{"text":"ok","finish_reason":"stop"}}'))
  const { key } = await rig.gateway.issueKey()
  expect((await ask(key, text)).headers.get('cache-status')).toMatch(/stored/)
  const cache = await rig.gateway.miniflare.getKVNamespace('CACHE')
  await expect.poll(async () => (await cache.list()).keys.length).toBeGreaterThan(0)
  // Another isolate, which remembers nothing, finds what was damaged meanwhile.
  const { keys } = await cache.list()
  for (const { name } of keys) await cache.put(name, '{"output":{"text":"damaged"}}', { metadata })
  const other = await ask(key, `${text} `)
  expect(other.status).toBe(200)
  expect(await other.text()).not.toContain('damaged')
  for (const { name } of keys) await cache.delete(name)
})

it.each(['{}', '[]', '"x"', '7'])('A key whose record is %s is refused with 503.', async (record) => {
  rig.upstream.answer(answer('{"output":{"text":"ok"}}'))
  const before = rig.upstream.seen.length
  const { key } = await rig.gateway.issueKey()
  const keys = await rig.gateway.miniflare.getKVNamespace('KEYS')
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
  rig.upstream.answer(answer('{"output":{"text":"ok"}}'))
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
