import { describe, expect, it } from 'vitest'
import { SSE } from '../harness/caller.ts'
import { json } from '../harness/plain-upstream.ts'
import { useStaleRig } from './stale-rig.ts'

describe('stale-if-error', () => {
  const rig = useStaleRig({ CACHE_STALE_IF_ERROR_SECONDS: '60' })
  const { say, send, stale } = rig

  it.each([500, 502, 503, 504])('The old response replaces a %i of DashScope.', async (status) => {
    const question = stale()
    rig.upstream.answer(json('{"code":"ModelUnavailable","message":"m","request_id":"r"}', status))
    for (const headers of [{}, SSE]) {
      const response = await send(question, headers, { incremental_output: true })
      expect(response.status).toBe(200)
      expect(response.headers.get('cache-status')).toBe(
        `dashscope-edge; fwd=stale; fwd-status=${status}; detail=stale-if-error`,
      )
      expect(Number(response.headers.get('age'))).toBeGreaterThanOrEqual(1)
      expect(await response.text()).toContain('old')
    }
    // Each of the two was asked for three times before DashScope counted as having no answer.
    expect(rig.upstream.seen).toHaveLength(2 * 3)
  })

  it('The old response replaces a broken connection.', async () => {
    const question = stale()
    rig.upstream.answer((response) => {
      response.destroy()
    })
    const response = await send(question)
    expect(response.headers.get('cache-status')).toBe('dashscope-edge; fwd=stale; detail=stale-if-error')
    expect(await response.text()).toContain('old')
  })

  it('An error that the caller caused is returned.', async () => {
    const question = stale()
    rig.upstream.answer(json('{"code":"InvalidParameter","message":"m","request_id":"r"}', 400))
    expect((await send(question)).status).toBe(400)
    rig.upstream.answer(json('{"code":"Throttling","message":"m","request_id":"r"}', 429))
    expect((await send(question)).status).toBe(429)
  })

  it.each<[number, string]>([
    [404, ''],
    [402, 'Payment required'],
    [403, '<html>'],
    [401, ''],
  ])(
    'A refusal without JSON is no outage: %i %j is returned and not the old response.',
    async (status, body) => {
      const question = stale()
      rig.upstream.answer(
        (response) => void response.writeHead(status, { 'content-type': 'text/plain' }).end(body),
      )
      const response = await send(question)
      expect([response.status, await response.text()]).toEqual([status, expect.not.stringContaining('old')])
    },
  )

  it.each(['no-cache', 'max-age=100'])('The failure is returned to a caller who says %s', async (control) => {
    const question = stale()
    rig.upstream.answer(json('{"code":"ModelUnavailable","message":"m","request_id":"r"}', 503))
    expect((await send(question, { 'cache-control': control })).status).toBe(503)
  })

  it('Without a failure, the caller waits for a fresh response.', async () => {
    const question = stale()
    say('new')
    const response = await send(question)
    expect(response.headers.get('cache-status')).toBe('dashscope-edge; fwd=stale; stored')
    expect(await response.text()).toContain('new')
  })
})

describe('without a grace period', () => {
  const rig = useStaleRig({})
  const { say, send, stale } = rig

  it('Nothing stale is served, whether DashScope works or fails.', async () => {
    const question = stale()
    rig.upstream.answer(json('{"code":"ModelUnavailable","message":"m","request_id":"r"}', 503))
    expect((await send(question)).status).toBe(503)
    say('new')
    expect((await send(question)).headers.get('cache-status')).toBe('dashscope-edge; fwd=stale; stored')
  })
})
