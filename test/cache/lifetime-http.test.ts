import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { ask, nativeBody, TEXT } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

let gateway: TestGateway
afterEach(() => gateway.stop())

/** Asks a gateway twice; the remembered answer is past its lifetime the second time. */
async function askedTwice(between: () => Promise<void> = async () => undefined): Promise<Response> {
  const { key } = await gateway.issueKey()
  const asked = () => ask({ address: gateway.address, key, path: TEXT, body: nativeBody('qwen-plus', '1+1') })
  await (await asked()).text()
  await sleep(1050)
  await between()
  return asked()
}

it('A response that another isolate has fetched replaces one past its lifetime.', async () => {
  gateway = await startTestGateway({ CACHE_TTL_SECONDS: '1' })
  const found = await askedTwice(async () => {
    const kv = gateway.kv('CACHE')
    const [name = ''] = (await kv.list()).keys.map((entry) => entry.name)
    const headers = [['content-type', 'application/json']]
    const metadata = { storedAtMs: Date.now(), ttlSeconds: 60, headers }
    await kv.put(name, '{"output":{"text":"fetched elsewhere"}}', { metadata })
  })
  expect(found.headers.get('cache-status')).toMatch(/^dashscope-edge; hit; ttl=\d+$/)
  expect(await found.text()).toContain('fetched elsewhere')
})

it('P6: If KV fails, a cached response is still served while a fresh one is fetched.', async () => {
  const variables = { CACHE_TTL_SECONDS: '1', CACHE_STALE_SECONDS: '60', CACHE_FAULT: 'throws' }
  gateway = await startTestGateway(variables)
  const found = await askedTwice()
  expect(found.headers.get('cache-status')).toContain('detail=stale-while-revalidate')
})
