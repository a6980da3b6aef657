import { describe, expect, it } from 'vitest'
import { TEXT } from '../harness/caller.ts'
import { send } from '../harness/wire.ts'
import { requestText, sendRaw } from './raw.ts'
import { NATIVE_BODY, useRig } from './rig.ts'

const rig = useRig()

function ask(host: string, path = TEXT) {
  const lines = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${rig.key}`,
    'Content-Type: application/json',
    'Cache-Control: no-store',
    'Connection: close',
    `Content-Length: ${NATIVE_BODY.length}`,
  ]
  return sendRaw(rig.gateway.address, requestText(lines, NATIVE_BODY))
}

describe('hostile: an invalid Host header', () => {
  it.each(['a b', '[::1', 'a:99999', '%', 'a:b:c', 'x, y', '<script>', 'a@b', '\u00e4'])(
    'With the Host header %s the request works, because the gateway uses only the path.',
    async (host) => {
      expect((await ask(host)).status).toBe(200)
      expect(rig.upstream.seen).toMatchObject([
        { target: TEXT, headers: { host: new URL(rig.upstream.address).host } },
      ])
    },
  )

  it.each(['me', 'usage', 'requests', 'latency', 'jobs', 'hooks', 'prices', 'health'])(
    'The address /edge/%s answers with an invalid Host header as without one.',
    async (name) => {
      const statusWith = async (host: string) => {
        const lines = [`GET /edge/${name} HTTP/1.1`, `Host: ${host}`, `Authorization: Bearer ${rig.key}`]
        return (await sendRaw(rig.gateway.address, requestText([...lines, 'Connection: close'], ''))).status
      }
      expect(await statusWith('a b')).toBe(await statusWith('gateway.example'))
    },
  )

  it.each(['x/api/v1', 'x?y=', 'x#y', 'x/../y', `${'127.0.0.1:1'}/edge/health?`])(
    'The Host header %s does not lend its path to the request.',
    async (host) => {
      const response = await ask(host)
      expect([400, 404, 405]).toContain(response.status)
      expect(rig.upstream.seen).toEqual([])
    },
  )

  it.each([[[]], [['Host:']]])('The Host header %s gets 400.', async (lines) => {
    const text = requestText([`POST ${TEXT} HTTP/1.1`, ...lines, 'Connection: close', 'Content-Length: 0'])
    expect((await sendRaw(rig.gateway.address, text)).status).toBe(400)
  })

  it('The error is in the dialect of the path.', async () => {
    const response = await ask('a b', '/compatible-mode/v1/unknown')
    expect(response.status).toBe(404)
    expect(JSON.parse(response.body)).toMatchObject({ error: { code: 'not_found' } })
  })
})

describe('hostile: request lines', () => {
  it('The request target "OPTIONS *" is not served.', async () => {
    const response = await sendRaw(
      rig.gateway.address,
      requestText(['OPTIONS * HTTP/1.1', 'Host: gateway.example', 'Connection: close']),
    )
    expect(response.status).toBe(404)
    expect(JSON.parse(response.body)).toMatchObject({ code: 'NotFound' })
  })

  it.each([
    'GET  HTTP/1.1',
    'GET /a b HTTP/1.1',
    'GET /\u00ff HTTP/1.1',
    'GET /\0 HTTP/1.1',
    'GET http://[/ HTTP/1.1',
    'BREW /pot HTTP/1.1',
    'nonsense',
  ])('The request line %s is refused.', async (line) => {
    const text = requestText([line, 'Host: gateway.example', 'Connection: close'])
    const { status } = await sendRaw(rig.gateway.address, Buffer.from(text, 'latin1'))
    expect([400, 501]).toContain(status)
    expect(rig.upstream.seen).toEqual([])
  })
})

describe('hostile: queries', () => {
  const headers = () => ({ authorization: `Bearer ${rig.key}`, 'content-type': 'application/json' })

  it.each([
    '?',
    '?model=m%26action=other',
    `?${'a=b&'.repeat(2000)}`,
    '?%',
    '?%00',
    '?%E0%A4%A',
    '?__proto__=x&constructor=y',
    '?X-DashScope-ApiKey=sk-mine&authorization=Bearer%20sk-mine',
    '?a=%0d%0aHost:%20elsewhere.example%0d%0a',
  ])('Nothing of the query %s goes upstream with a request.', async (query) => {
    const response = await send(rig.gateway.address, {
      method: 'POST',
      path: TEXT + query,
      headers: { ...headers(), 'cache-control': 'no-store' },
      body: NATIVE_BODY,
    })
    expect(response.status).toBe(200)
    expect(rig.upstream.seen.map(({ target }) => target)).toEqual([TEXT])
  })

  it('The query of a list cannot add a parameter.', async () => {
    rig.upstream.answer((response) => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"data":[],"total_page":1,"request_id":"r"}')
    })
    const response = await send(rig.gateway.address, {
      path: '/api/v1/tasks?status=RUNNING%26api_key_id=1%23&page_no=1&page_size=5&caller_uid=1',
      headers: headers(),
    })
    expect(response.status).toBe(200)
    const asked = new URL(rig.upstream.seen[0]?.target ?? '', 'http://dashscope.example')
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      status: 'RUNNING&api_key_id=1#',
      page_no: '1',
      page_size: '100',
    })
  })

  it.each(['0', '-1', '1.5', '1e9', 'NaN', 'Infinity', '', '101', '9'.repeat(400), '%00'])(
    'The parameter page_size=%s is refused.',
    async (size) => {
      const response = await send(rig.gateway.address, {
        path: `/api/v1/tasks?page_size=${size}`,
        headers: headers(),
      })
      expect(response.status).toBe(400)
      expect(rig.upstream.seen).toEqual([])
    },
  )
})
