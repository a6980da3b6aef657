import { describe, expect, it } from 'vitest'
import { CHAT, MESSAGES, TEXT } from '../harness/caller.ts'
import { events, json } from '../harness/plain-upstream.ts'
import { send } from '../harness/wire.ts'
import { expectUnreadable, NAMED, useOrigins } from './origin-rig.ts'

const BODY = '{"model":"m","input":{"prompt":"hi"}}'

const rig = useOrigins()

async function ask(
  origin: string | undefined,
  headers: Record<string, string> = {},
  body = BODY,
  path = TEXT,
) {
  const before = rig.upstream.seen.length
  const response = await send(rig.gateway.address, {
    method: 'POST',
    path,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(origin !== undefined && { origin }),
      ...headers,
    },
    body,
  })
  return { ...response, asked: rig.upstream.seen.length - before }
}

type Responded = Awaited<ReturnType<typeof ask>>
const bearer = (value: string) => ({ authorization: `Bearer ${value}` })

function expectReadable(response: Pick<Responded, 'headers'>, origin: string) {
  expect(response.headers['access-control-allow-origin']).toBe(origin)
  expect(response.headers.vary).toMatch(/\bOrigin\b/)
  for (const name of ['x-request-id', 'request-id', 'retry-after', 'x-edge-request-id', 'cache-status']) {
    expect(response.headers['access-control-expose-headers']?.split(', ')).toContain(name)
  }
  expect(response.headers).not.toHaveProperty('access-control-allow-credentials')
}
describe('P3 a page of an origin that is not listed', () => {
  it.each<[string, () => string, string]>([
    ['an unknown origin', () => rig.key, 'https://evil.example'],
    ['null', () => rig.key, 'null'],
    ['another scheme', () => rig.key, 'http://app.example'],
    ['another port', () => rig.key, 'https://app.example:8443'],
    ['a longer name', () => rig.key, 'https://app.example.evil.example'],
    ['a path after it', () => rig.key, 'https://app.example/'],
    ['the wildcard itself', () => rig.key, 'https://*.pages.example'],
    ['the domain of a wildcard', () => rig.key, 'https://pages.example'],
    ['a name that only ends alike', () => rig.key, 'https://evilpages.example'],
    ["ALLOWED_ORIGINS, where the key's own count", () => rig.own, NAMED],
    ["another key's origin", () => rig.key, 'https://own.example'],
    ['any, for a key that has an empty list', () => rig.none, NAMED],
    ["the gateway's own", () => rig.key, 'http://127.0.0.1:8787'],
  ])('An origin gets 403 and no CORS header: %s', async (_, credential, origin) => {
    const response = await ask(origin, bearer(credential()))
    expect(response.status).toBe(403)
    expect(response.text).toContain(origin)
    expect(response.asked).toBe(0)
    // An origin that some other key was given may read the refusal; a stranger may not.
    if (!['https://own.example', NAMED].includes(origin)) expectUnreadable(response)
  })

  it.each([
    ['without a key', {}, 401],
    ['with a wrong key', { authorization: 'Bearer wrong' }, 401],
  ])('An error %s has no CORS header either.', async (_, headers, status) => {
    const response = await ask('https://evil.example', headers)
    expect(response.status).toBe(status)
    expectUnreadable(response)
  })

  it('The 404 of an unknown path has no CORS header either.', async () => {
    expectUnreadable(await ask('https://evil.example', bearer(rig.key), BODY, '/api/v1/nothing'))
  })

  it('A cached response does not let the page in.', async () => {
    const body = '{"model":"m","input":{"prompt":"cached"}}'
    expect((await ask(NAMED, { ...bearer(rig.key), 'cache-control': 'max-age=60' }, body)).status).toBe(200)
    const response = await ask(
      'https://evil.example',
      { ...bearer(rig.key), 'cache-control': 'max-age=60' },
      body,
    )
    expect(response.status).toBe(403)
    expectUnreadable(response)
  })
})

describe('P3 a page of a listed origin can read responses and errors', () => {
  it.each<[string, () => string]>([
    [NAMED, () => rig.key],
    ['https://a.pages.example', () => rig.key],
    ['https://a.b.pages.example', () => rig.key],
    ['http://localhost:5173', () => rig.key],
    ['https://own.example', () => rig.own],
    ['https://www.own.example', () => rig.own],
  ])('%s', async (origin, credential) => {
    const response = await ask(origin, bearer(credential()))
    expect(response.status).toBe(200)
    expectReadable(response, origin)
  })

  it('The page can read a stream.', async () => {
    rig.upstream.answer(events(['data:{"output":{}}\n\n']))
    const response = await ask(NAMED, { ...bearer(rig.key), 'x-dashscope-sse': 'enable' })
    rig.upstream.answer(json('{"output":{}}'))
    expect(response.text).toBe('data:{"output":{}}\n\n')
    expectReadable(response, NAMED)
  })

  it('The page can read a cached response, which names the origin of the caller.', async () => {
    rig.upstream.answer(json('{"output":{"text":"ok","finish_reason":"stop"}}'))
    const body = '{"model":"m","input":{"prompt":"shared"}}'
    expectReadable(await ask(NAMED, { ...bearer(rig.key), 'cache-control': 'max-age=60' }, body), NAMED)
    const cached = (origin?: string) =>
      ask(origin, { ...bearer(rig.key), 'cache-control': 'only-if-cached' }, body)
    await expect.poll(async () => (await cached()).status).toBe(200)
    expectReadable(await cached('http://localhost:5173'), 'http://localhost:5173')
    expectUnreadable(await cached())
  })

  it.each<[string, number, () => Promise<Responded>]>([
    ['no key', 401, () => ask(NAMED)],
    ['a wrong key', 401, () => ask(NAMED, { authorization: 'Bearer wrong' })],
    ['malformed JSON', 400, () => ask(NAMED, bearer(rig.key), '{')],
    ['a bad parameter', 400, () => ask(NAMED, bearer(rig.key), '{"model":""}')],
    ['another content type', 415, () => ask(NAMED, { ...bearer(rig.key), 'content-type': 'text/plain' })],
    [
      'nothing cached',
      504,
      () =>
        ask(
          NAMED,
          { ...bearer(rig.key), 'cache-control': 'only-if-cached' },
          '{"model":"m","input":{"prompt":"never"}}',
        ),
    ],
    [
      "another key's file",
      404,
      () => ask(NAMED, bearer(rig.key), '{"model":"m","input":{"prompt":"fileid://file-1"}}'),
    ],
    ['an address that is not served', 404, () => ask(NAMED, bearer(rig.key), BODY, '/api/v1/nothing')],
    ['a wrong method', 405, () => ask(NAMED, bearer(rig.key), BODY, '/compatible-mode/v1/models')],
    ['no key, in the dialect of OpenAI', 401, () => ask(NAMED, {}, BODY, CHAT)],
    ['no key, in the dialect of Anthropic', 401, () => ask(NAMED, {}, BODY, MESSAGES)],
  ])("The page can read the gateway's own error: %s", async (_, status, request) => {
    const response = await request()
    expect(response.status).toBe(status)
    expectReadable(response, NAMED)
  })

  it.each([400, 429, 500])("The page can read DashScope's error of status %d", async (status) => {
    rig.upstream.answer(json('{"code":"C","message":"m"}', status, { 'access-control-allow-origin': '*' }))
    const response = await ask(NAMED, bearer(rig.key))
    rig.upstream.answer(json('{"output":{}}'))
    expect(response.status).toBe(status)
    expectReadable(response, NAMED)
  })

  it('The page can read the error of a DashScope connection that breaks.', async () => {
    rig.upstream.answer((response) => void response.destroy())
    const response = await ask(NAMED, bearer(rig.key))
    rig.upstream.answer(json('{"output":{}}'))
    expect(response.status).toBe(502)
    expectReadable(response, NAMED)
  })

  it('A request that is not from a page needs no origin and gets no CORS header.', async () => {
    for (const credential of [rig.key, rig.own, rig.none]) {
      const response = await ask(undefined, bearer(credential))
      expect(response.status).toBe(200)
      expectUnreadable(response)
    }
  })
})
