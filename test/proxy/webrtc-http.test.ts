import { describe, expect, it } from 'vitest'
import { ask, json } from '../harness/caller.ts'
import { startTestGateway } from '../harness/gateway.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'

const rig = useOwnGateway()
const PATH = '/api/v1/webrtc/realtime?model=qwen3-omni-flash-realtime'
const OFFER = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n'

const exchange = (key: string, path = PATH, body = OFFER, headers: Record<string, string> = {}) =>
  fetch(rig.gateway.address + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/sdp', ...headers },
    body,
  })

describe('the exchange of WebRTC offer and answer', () => {
  it('Offer and answer pass unchanged, with the model as the only query parameter.', async () => {
    const response = await exchange(rig.key, `${PATH}&api_key=sk-mine&x=1`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/sdp')
    expect(await response.text()).toMatch(/^v=0\r\n.*m=audio/s)
    const call = (await rig.gateway.calls()).at(-1)
    expect(call).toMatchObject({ body: OFFER, query: 'model=qwen3-omni-flash-realtime' })
    expect(call?.headers.authorization).toBe(`Bearer ${rig.gateway.apiKey}`)
  })

  it("DashScope's own refusal is passed on.", async () => {
    const response = await exchange(rig.key, PATH, 'v=0\r\n')
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ message: 'The offer must contain m=audio.' })
  })

  it('Pages of allowed origins may use the exchange.', async () => {
    const gateway = await startTestGateway({ ALLOWED_ORIGINS: 'https://app.example' })
    const { key } = await gateway.issueKey()
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST' }
    const preflight = await fetch(gateway.address + PATH, {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-headers': 'authorization,content-type' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('content-type')
    const response = await fetch(gateway.address + PATH, {
      method: 'POST',
      headers: {
        origin: 'https://app.example',
        authorization: `Bearer ${key}`,
        'content-type': 'application/sdp',
      },
      body: OFFER,
    })
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(await response.text()).toMatch(/^v=0/)
    await gateway.stop()
  })

  it.each([
    ['JSON, which AOQ sends', PATH, { 'content-type': 'application/json' }, 415],
    ['no model', '/api/v1/webrtc/realtime', {}, 400],
    ['two models', `${PATH}&model=other`, {}, 400],
    ['the address of inference models', '/api/v1/webrtc/inference?model=x', {}, 404],
  ])('A request with %s is refused.', async (_, path, headers, status) => {
    const before = (await rig.gateway.calls()).length
    expect((await exchange(rig.key, path, OFFER, headers)).status).toBe(status)
    expect((await rig.gateway.calls()).length).toBe(before)
  })

  it.each([
    [{ models: ['qwen-plus'] }, 'models'],
    [{ limits: { tokens_per_day: 1000 } }, 'limits.tokens_per_day'],
    [{ user_limits: { money_per_month: 1 } }, 'user_limits.money_per_month'],
    [{ caps: { tools: false } }, 'caps'],
    [{ endpoints: ['realtime'] }, 'endpoint'],
  ])('A key with %j is refused.', async (fields, word) => {
    const { key } = await rig.gateway.issueKey(fields)
    const response = await exchange(key)
    expect(response.status).toBe(403)
    expect(JSON.stringify(await response.json())).toContain(word === 'models' ? 'model' : word)
  })

  it.each([
    [{ frozen: { system: 'Be brief.' } }, 403],
    [{ budget: { tokens: 1000 } }, 403],
    [{ budget: { requests: 1 } }, 200],
  ])('A session token with %j gets %i', async (fields, status) => {
    const minted = await ask({
      address: rig.gateway.address,
      key: rig.key,
      path: '/edge/tokens',
      body: fields,
    })
    const { token } = await json<{ token: string }>(minted)
    expect((await exchange(token)).status).toBe(status)
  })

  it('An exchange counts against the number of requests a minute.', async () => {
    const { key } = await rig.gateway.issueKey({ limits: { requests_per_minute: 1 } })
    expect((await exchange(key)).status).toBe(200)
    expect((await exchange(key)).status).toBe(429)
  })

  it('An offer beyond 64 KiB is refused.', async () => {
    expect((await exchange(rig.key, PATH, OFFER.padEnd(70_000, 'a'))).status).toBe(413)
  })
})
