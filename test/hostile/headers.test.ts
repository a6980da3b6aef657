import { describe, expect, it } from 'vitest'
import { TEXT } from '../harness/caller.ts'
import { requestText, sendRaw } from './raw.ts'
import { NATIVE_BODY, useRig } from './rig.ts'

const rig = useRig()

/** One request with these header lines in addition to the required ones; the key is left out if the lines have it. */
function ask(lines: readonly string[], withKey = true) {
  const text = requestText(
    [
      `POST ${TEXT} HTTP/1.1`,
      'Host: gateway.example',
      'Content-Type: application/json',
      'Cache-Control: no-store',
      `Content-Length: ${NATIVE_BODY.length}`,
      'Connection: close',
      ...(withKey ? [`Authorization: Bearer ${rig.key}`] : []),
      ...lines,
    ],
    NATIVE_BODY,
  )
  return sendRaw(rig.gateway.address, Buffer.from(text, 'latin1'))
}

const OTHER = 'dse_00000000000000000000000000000000000000'

describe('hostile: a second credential', () => {
  it.each<[string, (key: string) => string[]]>([
    [
      'both X-DashScope-ApiKey and Authorization',
      (key) => [`Authorization: Bearer ${key}`, `X-DashScope-ApiKey: ${OTHER}`],
    ],
    ['both x-api-key and Authorization', (key) => [`Authorization: Bearer ${key}`, `x-api-key: ${OTHER}`]],
    [
      'both a DashScope key and a client key',
      (key) => [`Authorization: Bearer ${key}`, 'X-DashScope-ApiKey: sk-mine'],
    ],
    ['two Authorization lines', (key) => [`Authorization: Bearer ${key}`, `Authorization: Bearer ${OTHER}`]],
    ['two in one line', (key) => [`Authorization: Bearer ${key}, Bearer ${OTHER}`]],
    ['two x-api-key lines', (key) => [`x-api-key: ${OTHER}`, `X-API-KEY: ${key}`]],
    ['spelled in another case', (key) => [`AUTHORIZATION: BEARER ${key}`, `x-dashscope-APIKEY: ${OTHER}`]],
  ])('Two credentials get 401, and nothing goes upstream: %s', async (_, lines) => {
    const response = await ask(lines(rig.key), false)
    expect(response.status).toBe(401)
    expect(JSON.parse(response.body)).toMatchObject({ code: 'InvalidApiKey' })
    expect(rig.upstream.seen).toEqual([])
  })

  it('A second credential never goes upstream, whichever header carries it.', async () => {
    const lines = [
      `X-DashScope-ApiKey: ${rig.key}`,
      `x-dashscope-apiKey: ${rig.key}`,
      `x-api-key: ${rig.key}`,
    ]
    expect((await ask(lines)).status).toBe(200)
    const { authorization, ...others } = rig.upstream.seen[0]?.headers ?? {}
    expect(authorization).toBe(`Bearer ${rig.gateway.apiKey}`)
    expect(JSON.stringify(others)).not.toContain(rig.key)
  })
})

describe('hostile: headers that speak to the next hop', () => {
  it.each([
    ['Connection: close, authorization'],
    ['Connection: content-type', 'Connection: x-dashscope-datainspection'],
    ['Proxy-Connection: keep-alive', 'Keep-Alive: timeout=5', 'TE: trailers', 'Trailer: authorization'],
    ['Proxy-Authorization: Basic c2VjcmV0', 'Forwarded: for=10.0.0.1', 'Max-Forwards: 0'],
    ['X-HTTP-Method-Override: DELETE', 'X-Original-URL: /api/v1/files', 'X-Rewrite-URL: /api/v1/files'],
    ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'],
  ])('Hop-by-hop headers are not forwarded: %s', async (...lines) => {
    expect((await ask([...lines, 'X-DashScope-DataInspection: enable'])).status).toBe(200)
    const [seen] = rig.upstream.seen
    expect(seen).toMatchObject({ method: 'POST', target: TEXT })
    expect(seen?.headers).toMatchObject({
      authorization: `Bearer ${rig.gateway.apiKey}`,
      'content-type': 'application/json',
      'x-dashscope-datainspection': 'enable',
    })
    for (const line of lines) {
      const name = line.slice(0, line.indexOf(':')).toLowerCase()
      expect(seen?.headers[name] ?? 'close', name).toMatch(/^(close|keep-alive)$/)
    }
  })

  it('A request that asks for a WebSocket gets an HTTP response.', async () => {
    const response = await sendRaw(
      rig.gateway.address,
      requestText([
        'GET /compatible-mode/v1/models HTTP/1.1',
        'Host: gateway.example',
        `Authorization: Bearer ${rig.key}`,
        'Connection: Upgrade, close',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ]),
      true,
    )
    expect(response.status).toBe(200)
    expect(rig.upstream.seen[0]?.headers.upgrade).toBeUndefined()
  })
})

describe('hostile: header lines that other readers would split differently', () => {
  it.each([
    ['a folded line', 'X-DashScope-Plugin: a\r\n Authorization: Bearer sk-mine'],
    ['NUL in a value', 'X-DashScope-Plugin: a\0b'],
    ['a bare CR in a value', 'X-DashScope-Plugin: a\rAuthorization: Bearer sk-mine'],
    ['a space before the colon', 'X-DashScope-ApiKey : sk-mine'],
    ['a line without a colon', 'X-DashScope-Plugin'],
    ['a name with a space', 'X DashScope: a'],
    ['an empty name', ': a'],
  ])('A request with %s gets 400, and nothing goes upstream.', async (_, line) => {
    expect((await ask([line])).status).toBe(400)
    expect(rig.upstream.seen).toEqual([])
  })

  it('A bare LF ends a line, and the allow-list reads the rest as a separate line.', async () => {
    const response = await ask(['X-DashScope-Plugin: a\nCookie: b=c\nX-Forwarded-For: 10.0.0.1'])
    expect([200, 400]).toContain(response.status)
    for (const { headers } of rig.upstream.seen) {
      expect(headers.cookie).toBeUndefined()
      expect(headers['x-forwarded-for']).toBeUndefined()
      expect(headers['x-dashscope-plugin']).toBe('a')
    }
  })

  it.each([
    ['UTF-8', '\u00e4\u00bd\u00a0'],
    ['bytes that are no UTF-8', '\u00ff\u00fe'],
    ['control characters', '\u0001\u001b\u007f'],
    ['escapes of line ends', '%0d%0aSet-Cookie:a=b'],
  ])('A value with %s causes neither a 500 nor a second header upstream.', async (_, value) => {
    const response = await ask([`X-DashScope-Plugin: ${value}`])
    expect(response.status).not.toBe(500)
    expect(response.head.toLowerCase()).not.toContain('set-cookie')
    for (const { headers } of rig.upstream.seen) {
      const names = Object.keys(headers).filter((name) => name.startsWith('x-dashscope-'))
      expect(names).toEqual(['x-dashscope-plugin'])
    }
  })
})

describe('hostile: an excessive number of headers', () => {
  it.each<[string, () => string[]]>([
    ['100 kB in one', () => [`X-DashScope-Plugin: ${'a'.repeat(100_000)}`]],
    ['100 kB in a header that stays here', () => [`Cookie: ${'a'.repeat(100_000)}`]],
    ['2,000 of them', () => Array.from({ length: 2000 }, (_, index) => `X-DashScope-H${index}: a`)],
    ['100 kB of a key', () => [`x-api-key: ${'a'.repeat(100_000)}`]],
  ])('The request is refused or answered, and the next one is served: %s', async (_, lines) => {
    const response = await ask(lines())
    expect([200, 400, 401, 431, 502]).toContain(response.status)
    expect(response.head + response.body).not.toContain(rig.gateway.apiKey)
    rig.upstream.seen.length = 0
    expect((await ask([])).status).toBe(200)
    expect(rig.upstream.seen).toHaveLength(1)
  })
})
