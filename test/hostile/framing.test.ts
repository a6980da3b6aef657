import { describe, expect, it } from 'vitest'
import { TEXT } from '../harness/caller.ts'
import { chunked, requestText, sendRaw } from './raw.ts'
import { NATIVE_BODY, useRig } from './rig.ts'

const LIMIT_BYTES = 4096
const rig = useRig({ MAX_BODY_BYTES: String(LIMIT_BYTES) })

/** A question whose framing headers and bytes behind the blank line are the caller's own. */
function ask(framing: readonly string[], bytes: string, end = false) {
  const lines = [
    `POST ${TEXT} HTTP/1.1`,
    'Host: gateway.example',
    `Authorization: Bearer ${rig.key}`,
    'Content-Type: application/json',
    'Cache-Control: no-store',
    'Connection: close',
    ...framing,
  ]
  return sendRaw(rig.gateway.address, requestText(lines, bytes), end)
}

const LARGE = `{"model":"m","input":{"prompt":"${'x'.repeat(10 * LIMIT_BYTES)}"}}`
const SMUGGLED = `GET /compatible-mode/v1/models HTTP/1.1\r\nHost: gateway.example\r\n\r\n`

describe('hostile: both Transfer-Encoding and Content-Length', () => {
  it('A small Content-Length does not hide a large chunked body.', async () => {
    const response = await ask(['Transfer-Encoding: chunked', 'Content-Length: 5'], chunked(LARGE))
    expect([400, 413]).toContain(response.status)
    expect(rig.upstream.seen).toEqual([])
  })

  it('The chunks are the body or nothing is, and a request after them does not run.', async () => {
    const length = `Content-Length: ${(chunked(NATIVE_BODY) + SMUGGLED).length}`
    const response = await ask(['Transfer-Encoding: chunked', length], chunked(NATIVE_BODY) + SMUGGLED)
    expect([200, 400]).toContain(response.status)
    expect(response.body).not.toContain('HTTP/1.1')
    for (const { body, headers } of rig.upstream.seen) {
      expect(body.toString()).toBe(NATIVE_BODY)
      expect(headers['transfer-encoding']).toBeUndefined()
      expect(headers['content-length']).toBe(String(NATIVE_BODY.length))
    }
  })

  it.each([
    [['Transfer-Encoding: identity']],
    [['Transfer-Encoding: xchunked']],
    [['Transfer-Encoding: chunked;q=1']],
    [['Transfer-Encoding: chunked, identity']],
    [['Content-Length: 5', 'Content-Length: 6']],
    [['Content-Length: 5, 5']],
    [['Content-Length: -1']],
    [['Content-Length: +37']],
    [['Content-Length: 0x25']],
    [['Content-Length: 3e1']],
    [['Content-Length: 99999999999999999999']],
  ])('A request with %s gets 400, and nothing goes upstream.', async (framing) => {
    expect((await ask(framing, chunked(NATIVE_BODY))).status).toBe(400)
    expect(rig.upstream.seen).toEqual([])
  })
})

describe('hostile: a body that differs from its announced length', () => {
  it.each<[string, string[], string]>([
    ['longer announced than sent', ['Content-Length: 2000'], NATIVE_BODY],
    ['a chunk cut short', ['Transfer-Encoding: chunked'], `25\r\n${NATIVE_BODY.slice(0, 5)}`],
    ['the last chunk missing', ['Transfer-Encoding: chunked'], `25\r\n${NATIVE_BODY}\r\n`],
    ['an invalid chunk size', ['Transfer-Encoding: chunked'], `zz\r\n${NATIVE_BODY}\r\n0\r\n\r\n`],
    ['a chunk size past all numbers', ['Transfer-Encoding: chunked'], `${'F'.repeat(40)}\r\n${NATIVE_BODY}`],
    ['a negative chunk size', ['Transfer-Encoding: chunked'], `-25\r\n${NATIVE_BODY}\r\n0\r\n\r\n`],
  ])('The body gets 400 in the dialect, and nothing goes upstream: %s', async (_, framing, bytes) => {
    const response = await ask(framing, bytes, true)
    expect(response.status).toBe(400)
    expect(JSON.parse(response.body)).toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining('broke off'),
    })
    expect(rig.upstream.seen).toEqual([])
  })

  it('Only the announced length is read: later bytes are not part of the request.', async () => {
    const response = await ask([`Content-Length: ${NATIVE_BODY.length}`], NATIVE_BODY + SMUGGLED)
    expect(response.status).toBe(200)
    expect(rig.upstream.seen.map(({ body }) => body.toString())).toEqual([NATIVE_BODY])
  })

  it('Chunk extensions and trailers are not forwarded.', async () => {
    const bytes = `25;a="b"\r\n${NATIVE_BODY}\r\n0\r\nAuthorization: Bearer sk-mine\r\nX-DashScope-A: b\r\n\r\n`
    const response = await ask(['Transfer-Encoding: chunked', 'Trailer: Authorization'], bytes)
    expect([200, 400]).toContain(response.status)
    for (const { headers } of rig.upstream.seen) {
      expect(headers.authorization).toBe(`Bearer ${rig.gateway.apiKey}`)
      expect(headers['x-dashscope-a']).toBeUndefined()
    }
  })

  it('A request with Expect: 100-continue does not hang.', async () => {
    const response = await ask(['Expect: 100-continue', `Content-Length: ${NATIVE_BODY.length}`], NATIVE_BODY)
    expect(`${response.head}\r\n\r\n${response.body}`).toContain('HTTP/1.1 200')
  })
})
