import { describe, expect, it } from 'vitest'
import { TEXT } from '../harness/caller.ts'
import { events, json } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { send, type WireResponse } from '../harness/wire.ts'

const rig = useGateway({ ALLOWED_ORIGINS: 'https://app.example' })

describe('P2 what DashScope says about itself and its account never reaches the caller', () => {
  const LEAKS = {
    'set-cookie': 'acw_tc=upstream-secret;path=/;HttpOnly',
    server: 'istio-envoy',
    'x-powered-by': 'upstream-secret',
    'x-envoy-upstream-service-time': '4',
    'x-envoy-decorator-operation': 'upstream-secret',
    'eagleeye-traceid': 'upstream-secret',
    'x-dashscope-uid': 'upstream-secret',
    'x-dashscope-apikeyid': 'upstream-secret',
    'x-dashscope-requestid': 'upstream-secret',
    'x-dashscope-inner-flow-control-meta': 'upstream-secret',
    'x-dashscope-inner-anything': 'upstream-secret',
    'x-dashscope-experiments': 'upstream-secret',
    authorization: 'Bearer upstream-secret',
    'www-authenticate': 'Bearer realm="upstream-secret"',
    'access-control-allow-origin': '*',
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': '*',
    etag: '"upstream-secret"',
    'last-modified': 'Mon, 25 Nov 2024 05:52:24 GMT',
    link: '<https://upstream-secret.example>; rel=preload',
    location: 'https://upstream-secret.example/',
    'cache-control': 'public, max-age=86400',
    age: '86400',
    'cache-status': 'upstream-secret; hit',
    'server-timing': 'upstream-secret;dur=1',
    'x-edge-request-id': 'upstream-secret',
    'alt-svc': 'h3=":443"',
    'strict-transport-security': 'max-age=1',
    nel: '{"report_to":"upstream-secret"}',
    'report-to': '{"group":"upstream-secret"}',
  }
  const GOOD = { 'x-request-id': 'request-1', 'req-cost-time': '361', 'x-dashscope-call-gateway': 'true' }

  /** The whole list of what an answer may carry. */
  const MAY_COME_DOWN =
    /^(content-type|content-length|content-language|content-disposition|transfer-encoding|connection|keep-alive|date|x-request-id|request-id|retry-after|x-dashscope-(call-gateway|finished|timeout|outputencrypted|partialresponse)|req-cost-time|req-arrive-time|resp-start-time|cache-control|cache-status|age|server-timing|x-edge-request-id|x-edge-attempts|x-should-retry|x-accel-buffering|vary|www-authenticate)$/

  function ask(headers: Record<string, string>, prompt: string): Promise<WireResponse> {
    return send(rig.gateway.address, {
      method: 'POST',
      path: TEXT,
      headers: { authorization: `Bearer ${rig.key}`, 'content-type': 'application/json', ...headers },
      body: `{"model":"m","input":{"prompt":"${prompt}"}}`,
    })
  }

  function expectClean(response: WireResponse) {
    for (const name of Object.keys(response.headers)) expect(name).toMatch(MAY_COME_DOWN)
    expect(response.rawHeaders.join('\n')).not.toMatch(/upstream-secret|istio|86400|acw_tc/)
    expect(response.headers).not.toHaveProperty('www-authenticate')
    expect(response.headers['cache-control']).toMatch(/^no-store/)
  }

  it('They are not in a live response.', async () => {
    rig.upstream.answer(json('{"output":{}}', 200, { ...LEAKS, ...GOOD }))
    const response = await ask({ 'cache-control': 'no-store' }, 'live')
    expect(response.status).toBe(200)
    expectClean(response)
    for (const [name, value] of Object.entries(GOOD)) expect(response.headers[name]).toBe(value)
  })

  it('They are not in a stream.', async () => {
    rig.upstream.answer(events(['id:1\nevent:result\ndata:{"output":{}}\n\n'], { ...LEAKS, ...GOOD }))
    const response = await ask({ 'x-dashscope-sse': 'enable' }, 'stream')
    expect(response.status).toBe(200)
    expectClean(response)
    expect(response.headers['x-request-id']).toBe('request-1')
  })

  it('They are neither in a response that is stored nor in the entry.', async () => {
    rig.upstream.answer(json('{"output":{"text":"ok","finish_reason":"stop"}}', 200, { ...LEAKS, ...GOOD }))
    expectClean(await ask({}, 'stored'))
    const cached = () => ask({ 'cache-control': 'only-if-cached' }, 'stored')
    await expect.poll(async () => (await cached()).status).toBe(200)
    const hit = await cached()
    expect(hit.headers['cache-status']).toMatch(/hit/)
    expectClean(hit)
    const cache = rig.gateway.kv('CACHE')
    const { keys } = await cache.list()
    expect(keys.length).toBeGreaterThan(0)
    expect(JSON.stringify(keys)).not.toMatch(/upstream-secret|istio|acw_tc/)
  })

  it.each([400, 401, 429, 500])('They are not in an error of status %d', async (status) => {
    rig.upstream.answer(json('{"code":"C","message":"m"}', status, { ...LEAKS, ...GOOD }))
    const response = await ask({ 'cache-control': 'no-store' }, 'error')
    // A 401 is about the gateway's own key, which is not the caller's fault.
    expect(response.status).toBe(status === 401 ? 502 : status)
    expectClean(response)
  })

  it('They are not in an error from the first event of a stream.', async () => {
    rig.upstream.answer(events(['event:error\n:HTTP_STATUS/429\ndata:{"code":"C","message":"m"}\n\n'], LEAKS))
    const response = await ask({ 'x-dashscope-sse': 'enable' }, 'first event')
    expect(response.status).toBe(429)
    expectClean(response)
  })

  it.each([301, 302, 303, 307, 308])('A redirect (%d) is neither followed nor shown.', async (status) => {
    const before = rig.upstream.seen.length
    rig.upstream.answer((response) => {
      response.writeHead(status, { ...LEAKS, location: `${rig.upstream.address}/elsewhere` }).end()
    })
    const response = await ask({ 'cache-control': 'no-store' }, 'redirect')
    expect(response.status).toBe(502)
    expect(response.headers).not.toHaveProperty('location')
    expectClean(response)
    expect(rig.upstream.seen.slice(before).map(({ target }) => target)).toEqual([TEXT])
  })
})
