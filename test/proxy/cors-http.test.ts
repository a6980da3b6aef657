import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHAT, chatBody } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

const APP = 'https://app.example'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway({
    ALLOWED_ORIGINS: `${APP},moz-extension://*`,
    PUBLIC_URLS: 'https://ai.example',
  })
})
afterAll(() => gateway.stop())

function preflight(path: string, origin: string, headers = 'authorization'): Promise<Response> {
  return fetch(gateway.address + path, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': headers },
  })
}

function post(
  path: string,
  key: string,
  origin: string,
  body: unknown = chatBody('qwen-plus', 'hello'),
): Promise<Response> {
  return fetch(gateway.address + path, {
    method: 'POST',
    headers: { origin, authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

describe('pages', () => {
  it('A page may send headers that its own tools add.', async () => {
    const response = await preflight(CHAT, APP, 'authorization,sentry-trace,baggage')
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-headers')).toBe('authorization, sentry-trace, baggage')
  })

  it('A page of a browser extension with a random id may use a key.', async () => {
    const { key } = await gateway.issueKey()
    const origin = 'moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc'
    expect((await preflight(CHAT, origin)).status).toBe(204)
    expect((await post(CHAT, key, origin)).status).toBe(200)
  })

  it('A page that the gateway serves may use a key and mint a token, unless the key says origins: [].', async () => {
    const own = gateway.address
    const { key } = await gateway.issueKey()
    expect((await post(CHAT, key, own)).status).toBe(200)
    expect((await post('/edge/tokens', key, own, {})).status).toBe(201)
    const closed = await gateway.issueKey({ origins: [] })
    expect((await post(CHAT, closed.key, own)).status).toBe(403)
  })

  it('A page of a known origin can read why its preflight was refused, and one of a foreign origin cannot.', async () => {
    const known = await preflight('/compatible-mode/v1//chat/completions', APP)
    expect(known.status).toBe(404)
    expect(known.headers.get('access-control-allow-origin')).toBe(APP)
    expect(await known.text()).toContain('The path contains \\"//\\"')
    const foreign = await preflight(CHAT, 'https://evil.example')
    expect(foreign.status).toBe(403)
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
  })

  it.each(['/edge/tokens', '/edge/me', '/nothing'])(
    'A page of a known origin can read an error of %s',
    async (path) => {
      const response = await post(path, 'dse_wrong', APP, {})
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.headers.get('access-control-allow-origin')).toBe(APP)
      expect(response.headers.get('cache-control')).toBe('no-store')
    },
  )
})

it('A session token of one address in PUBLIC_URLS is refused at an address that is not listed.', async () => {
  const { key } = await gateway.issueKey()
  const minted = await fetch(`${gateway.address}/edge/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
  })
  const { token } = (await minted.json()) as { token: string }
  const other = gateway.address.replace('127.0.0.1', 'localhost')
  const refused = await fetch(`${other}/edge/me`, { headers: { authorization: `Bearer ${token}` } })
  expect(refused.status).toBe(401)
  expect(await refused.text()).toContain('PUBLIC_URLS')
})
