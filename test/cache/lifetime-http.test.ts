import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, nativeBody, TEXT } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

let gateway: TestGateway
let key: string
beforeAll(async () => {
  gateway = await startTestGateway({ CACHE_TTL_SECONDS: '1' })
  key = (await gateway.issueKey()).key
})
afterAll(() => gateway.stop())

function asked(): Promise<Response> {
  return ask({ address: gateway.address, key, path: TEXT, body: nativeBody('qwen-plus', '1+1') })
}

it('what another isolate has fetched meanwhile takes the place of an answer past its lifetime', async () => {
  await (await asked()).text()
  await sleep(1050)
  const kv = await gateway.miniflare.getKVNamespace('CACHE')
  const [name = ''] = (await kv.list()).keys.map((entry) => entry.name)
  const metadata = { storedAtMs: Date.now(), ttlSeconds: 60, headers: [['content-type', 'application/json']] }
  await kv.put(name, '{"output":{"text":"fetched elsewhere"}}', { metadata })
  const found = await asked()
  expect(found.headers.get('cache-status')).toMatch(/^dashscope-edge; hit; ttl=\d+$/)
  expect(await found.text()).toContain('fetched elsewhere')
})
