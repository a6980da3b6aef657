import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, nativeBody, SSE, TEXT } from '../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'

async function asked(gateway: TestGateway, key: string, question: string, headers = {}) {
  const body = nativeBody('qwen-plus', question)
  const response = await ask({ address: gateway.address, key, path: TEXT, body, headers })
  const text = await response.text()
  return { text, status: response.headers.get('cache-status'), age: response.headers.get('age') }
}

const MISS = 'dashscope-edge; fwd=miss; stored'
const HIT = expect.stringMatching(/^dashscope-edge; hit; ttl=\d+$/)

describe('a response that outlives the isolate that cached it', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('Another isolate serves it from KV, byte for byte, with its age.', async () => {
    const first = await startTestGateway({}, { persist: folder })
    const { key } = await first.issueKey()
    const paid = await asked(first, key, '1+1')
    await first.stop()
    const second = await startTestGateway({}, { persist: folder })
    try {
      const found = await asked(second, key, '1+1')
      expect([paid.status, paid.age]).toEqual([MISS, null])
      expect(found).toEqual({ text: paid.text, status: HIT, age: expect.stringMatching(/^\d+$/) })
      expect(await second.calls()).toEqual([])
    } finally {
      await second.stop()
    }
  })
})

describe('responses that an isolate remembers', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await startTestGateway({ CACHE_FAULT: 'throws' })
  })
  afterAll(() => gateway.stop())

  it('The same request is served from memory, and only for the same key.', async () => {
    const [mine, theirs] = await Promise.all([gateway.issueKey(), gateway.issueKey()])
    const paid = await asked(gateway, mine.key, '2+2')
    const again = await asked(gateway, mine.key, '2+2')
    expect([paid.status, again.status]).toEqual([MISS, HIT])
    expect(again.text).toBe(paid.text)
    expect((await asked(gateway, theirs.key, '2+2')).status).toBe(MISS)
  })

  it('A fresh response replaces the remembered one.', async () => {
    const { key } = await gateway.issueKey()
    const paid = await asked(gateway, key, '3+3')
    const fresh = await asked(gateway, key, '3+3', { 'cache-control': 'no-cache' })
    expect(fresh.text).not.toBe(paid.text)
    expect((await asked(gateway, key, '3+3')).text).toBe(fresh.text)
  })

  it('A stream or a request with another header is not served the remembered response.', async () => {
    const { key } = await gateway.issueKey()
    for (let times = 0; times < 3; times++) await asked(gateway, key, '6+6')
    const other = { 'x-dashscope-datainspection': 'disable' }
    expect((await asked(gateway, key, '6+6', other)).status).toBe(MISS)
    const stream = await asked(gateway, key, '6+6', SSE)
    expect(stream.text).toMatch(/^id:1\n/)
  })

  it('A purge reaches remembered responses too.', async () => {
    const { id, key } = await gateway.issueKey()
    for (let times = 0; times < 3; times++) await asked(gateway, key, '4+4')
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
    const purge = await fetch(`${gateway.address}/edge/cache?key=${id}`, { method: 'DELETE', headers })
    expect(purge.status).toBe(200)
    expect((await asked(gateway, key, '4+4')).status).toBe(MISS)
  })

  it('max-age applies to remembered responses too.', async () => {
    const { key } = await gateway.issueKey()
    await asked(gateway, key, '5+5')
    await sleep(1100)
    const within = async (seconds: number) =>
      (await asked(gateway, key, '5+5', { 'cache-control': `max-age=${seconds}` })).status
    expect(await within(60)).toEqual(HIT)
    expect(await within(1)).toBe('dashscope-edge; fwd=stale; stored')
    expect(await within(1)).toEqual(HIT)
  })
})
