import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type StandIn, startStandIn } from '../auth/stand-in.ts'
import { until } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

const PAGE = 'https://www.example.com'

let gateway: TestGateway
let siteverify: StandIn
let key: string
let url: string

beforeAll(async () => {
  siteverify = await startStandIn()
  gateway = await startTestGateway({
    TURNSTILE_SECRET: 'widget-secret',
    TURNSTILE_VERIFY_URL: siteverify.address,
  })
  key = (await gateway.issueKey({ hooks: true })).key
  url = await create({
    secrets: { turnstile: true },
    form: { origins: [PAGE], redirect: `${PAGE}/thanks` },
  })
})
afterAll(async () => {
  await gateway.stop()
  await siteverify.stop()
})
beforeEach(() => {
  siteverify.answer = { status: 200, body: { success: true, hostname: 'www.example.com' } }
})

const make = (fields: object) =>
  fetch(`${gateway.address}/edge/hooks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'form',
      kind: 'form',
      prompt: { model: 'qwen-plus', user: '{{event.raw.question}}' },
      ...fields,
    }),
  })

async function create(fields: object): Promise<string> {
  const response = await make(fields)
  expect(response.status).toBe(201)
  return ((await response.json()) as { url: string }).url
}

const send = (
  to: string,
  fields: Record<string, string>,
  headers: Record<string, string> = { origin: PAGE },
) => fetch(to, { method: 'POST', headers, body: new URLSearchParams(fields), redirect: 'manual' })

const asked = async (question: string) =>
  until(`the model was asked "${question}"`, async () =>
    (await gateway.calls()).some(({ body }) => body.includes(question)),
  )

describe('a form with Turnstile', () => {
  it('The form is answered with the page that the hook names, and the model gets its fields without the token.', async () => {
    const response = await send(url, { question: 'form question', 'cf-turnstile-response': 'widget-1' })
    expect([response.status, response.headers.get('location')]).toEqual([303, `${PAGE}/thanks`])
    expect(response.headers.get('access-control-allow-origin')).toBe(PAGE)
    await asked('form question')
    expect(JSON.parse(siteverify.calls.at(-1)?.body ?? '{}')).toMatchObject({
      secret: 'widget-secret',
      response: 'widget-1',
    })
    const events = await fetch(url.replace(/\/in$/, '/events'), {
      headers: { authorization: `Bearer ${key}` },
    })
    expect(await events.text()).not.toContain('widget-1')
  })

  it('A form that a script sends is answered with JSON, after a preflight.', async () => {
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin: PAGE,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe(PAGE)
    expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type')
    const response = await fetch(url, {
      method: 'POST',
      headers: { origin: PAGE, 'content-type': 'application/json' },
      body: JSON.stringify({ question: 'script question', 'cf-turnstile-response': 'widget-2' }),
    })
    expect([response.status, await response.text()]).toEqual([200, '{}'])
    await asked('script question')
  })

  it('A form that is sent twice within a minute counts once, although its token differs.', async () => {
    const first = await send(url, { question: 'twice', 'cf-turnstile-response': 'a' })
    const second = await send(url, { question: 'twice', 'cf-turnstile-response': 'b' })
    expect([first, second].map(({ headers }) => headers.get('x-edge-hook'))).toEqual([null, 'duplicate'])
  })

  it.each([
    ['no token', {}, { success: true, hostname: 'www.example.com' }],
    [
      'a token that Turnstile refuses',
      { 'cf-turnstile-response': 'x' },
      { success: false, 'error-codes': [] },
    ],
    [
      'a token of another page',
      { 'cf-turnstile-response': 'x' },
      { success: true, hostname: 'evil.example' },
    ],
  ])('A form with %s is answered with 401.', async (_, fields, verdict) => {
    siteverify.answer = { status: 200, body: verdict }
    const response = await send(url, { question: 'x', ...fields })
    expect([response.status, await response.json()]).toMatchObject([401, { code: 'InvalidSignature' }])
  })

  it('A form on another origin is refused, and so is its preflight.', async () => {
    const foreign = { origin: 'https://evil.example' }
    const response = await send(url, { question: 'x', 'cf-turnstile-response': 'x' }, foreign)
    expect(response.status).toBe(403)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    const headers = { ...foreign, 'access-control-request-method': 'POST' }
    expect((await fetch(url, { method: 'OPTIONS', headers })).status).toBe(404)
  })

  it('A form waits for a Turnstile that does not respond, and then gets 503.', async () => {
    siteverify.answer = { status: 500, body: 'no' }
    expect((await send(url, { question: 'x', 'cf-turnstile-response': 'x' })).status).toBe(503)
  })
})

describe('a form with a secret', () => {
  it('The form comes from a server, with the secret in the URL.', async () => {
    const own = await create({ secrets: { secret: 'a secret of the form' } })
    const withSecret = `${own}?secret=${encodeURIComponent('a secret of the form')}`
    const response = await send(withSecret, { question: 'server question' }, {})
    expect([response.status, await response.text()]).toEqual([200, '{}'])
    await asked('server question')
    for (const query of ['', '?secret=wrong', `${withSecret.slice(own.length)}&secret=x`]) {
      expect((await send(own + query, { question: 'x' }, {})).status).toBe(401)
    }
    expect((await send(withSecret, { question: 'x' })).status).toBe(403)
  })
})

describe('the settings of a form hook', () => {
  it.each([
    [{ secrets: {} }, 'secret, or turnstile'],
    [{ secrets: { turnstile: true } }, 'form.origins'],
    [{ secrets: { turnstile: true }, form: { origins: ['https://a.example/path'] } }, 'origin'],
    [{ secrets: { secret: true } }, 'turnstile'],
    [{ kind: 'github', secrets: { secret: 'x' }, form: { origins: [PAGE] } }, 'does not have this field'],
  ])('A hook with %j is refused.', async (fields, named) => {
    const response = await make(fields)
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(named)])
  })
})
