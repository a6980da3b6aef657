import { describe, expect, it } from 'vitest'
import { SSE, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { json } from '../harness/plain-upstream.ts'
import { useStaleRig } from './stale-rig.ts'

const REVALIDATED = /^dashscope-edge; hit; ttl=(?:0|-\d+); detail=stale-while-revalidate$/

describe('stale-while-revalidate', () => {
  const rig = useStaleRig({ CACHE_STALE_SECONDS: '60' })
  const { say, send, stale } = rig

  it('The old response is served at once, and one fetch renews it for all callers.', async () => {
    const question = stale()
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    rig.upstream.answer(async (response, seen) => {
      await held
      await json(
        '{"output":{"choices":[{"message":{"role":"assistant","content":"new"},"finish_reason":"stop"}]},"usage":{"input_tokens":1,"output_tokens":1},"request_id":"r2"}',
      )(response, seen)
    })
    for (let times = 0; times < 3; times++) {
      const response = await send(question)
      expect(response.headers.get('cache-status')).toMatch(REVALIDATED)
      expect(Number(response.headers.get('age'))).toBeGreaterThanOrEqual(1)
      expect(response.headers.get('x-edge-attempts')).toBe(null)
      expect(await response.text()).toContain('old')
    }
    await until('the fresh answer is asked for', () => rig.upstream.seen.length > 0)
    release()
    await until('the fresh answer is there', async () =>
      (await (await send(question)).text()).includes('new'),
    )
    expect(rig.upstream.seen).toHaveLength(1)
  })

  it('A stream gets the old response as a stream.', async () => {
    const question = stale()
    const response = await send(question, SSE, { incremental_output: true })
    expect(response.headers.get('cache-status')).toMatch(REVALIDATED)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(await response.text()).toMatch(/^id:1\nevent:result\n.*old.*"finish_reason":"stop"/s)
  })

  it('A fetch that fails leaves the old response in the cache.', async () => {
    const question = stale()
    rig.upstream.answer(json('{"code":"InternalError","message":"m","request_id":"r"}', 500))
    const response = await send(question)
    expect(response.headers.get('cache-status')).toMatch(REVALIDATED)
    expect(await response.text()).toContain('old')
    await until('it was asked', () => rig.upstream.seen.length >= 1)
    const again = await send(question)
    expect(again.headers.get('cache-status')).toMatch(REVALIDATED)
    expect(await again.text()).toContain('old')
  })

  it.each([
    ['max-age=100', 'fwd=stale'],
    ['max-age=0', 'fwd=stale'],
    ['no-cache', 'fwd=request'],
  ])('Nothing stale is served to a caller who says %s', async (control, status) => {
    const question = stale()
    say('new')
    const response = await send(question, { 'cache-control': control })
    expect(response.headers.get('cache-status')).toBe(`dashscope-edge; ${status}; stored`)
    expect(await response.text()).toContain('new')
  })

  it('Nothing stale is served to a caller who accepts only a cached and fresh response.', async () => {
    const question = stale()
    const response = await send(question, { 'cache-control': 'only-if-cached' })
    expect(response.status).toBe(504)
    // A refresh of the test before may still be retried.
    expect(rig.upstream.seen.filter(({ body }) => body.includes(question))).toEqual([])
  })

  it('The request that fetches pays, and the others do not.', async () => {
    const own = await rig.gateway.issueKey()
    const before = rig.key
    rig.key = own
    const [question = ''] = await rig.cacheAndExpire(1)
    rig.upstream.seen.length = 0
    say('new')
    await (await send(question)).text()
    await until('the fresh answer is there', async () =>
      (await (await send(question)).text()).includes('new'),
    )
    rig.key = before
    const total = async () => {
      const response = await fetch(`${rig.gateway.address}/edge/usage?key=${own.id}`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      })
      return (
        (await response.json()) as { total: { requests: number; cache_hits: number; input_tokens: number } }
      ).total
    }
    await until('all are counted', async () => (await total()).requests >= 3)
    const { requests, cache_hits, input_tokens } = await total()
    expect(input_tokens).toBe(2)
    expect(cache_hits).toBe(requests - 2)
  })
})
