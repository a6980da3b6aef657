import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { CHAT, SSE, TEXT } from '../harness/caller.ts'
import { events, json } from '../harness/plain-upstream.ts'
import { CHAT_BODY, NATIVE_BODY, useRig } from './rig.ts'

const MIB = 1024 * 1024
const rig = useRig()

/** Sends the head of an event stream and then the same piece again and again, no faster than it is taken. */
function repeat(piece: string, times: number, last = '') {
  return async (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let sent = 0; sent < times; sent++) {
      if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve))
    }
    response.end(last)
  }
}

/** Writes an answer to the connection itself, past all that Node.js would check. */
function bytes(text: string) {
  return (response: ServerResponse) => {
    response.socket?.end(Buffer.from(text, 'latin1'))
  }
}

async function lengthOf(response: Response): Promise<number> {
  let length = 0
  for await (const piece of response.body ?? []) length += piece.byteLength
  return length
}

describe('hostile: an upstream whose event stream never ends', () => {
  it.each<[string, string, number]>([
    ['a first line without an end', 'x'.repeat(MIB), 30],
    ['20 MB of comments', ': keep-alive\n\n'.repeat(MIB / 14), 20],
    ['20 MB of empty lines', '\n'.repeat(MIB), 20],
    ['a frame without an end', `data:${'x'.repeat(MIB)}\n`, 20],
  ])(
    'A stream of %s passes unchanged.',
    async (_, piece, times) => {
      rig.upstream.answer(repeat(piece, times))
      const response = await rig.post(TEXT, NATIVE_BODY, SSE)
      expect(response.status).toBe(200)
      expect(await lengthOf(response)).toBe(piece.length * times)
    },
    60_000,
  )

  it('A response of 30 MB that is not a stream passes as well, and is not cached.', async () => {
    rig.upstream.answer(async (response) => {
      await repeat('x'.repeat(MIB), 30)(response)
    })
    const response = await rig.post(CHAT, CHAT_BODY, { 'cache-control': '' })
    expect(await lengthOf(response)).toBe(30 * MIB)
    expect(response.headers.get('cache-status')).not.toContain('stored')
  }, 60_000)
})

describe('hostile: an upstream whose first event is a malformed error', () => {
  const error = '{"code":"Throttling","message":"slow","request_id":"r"}'

  it.each<[string, number]>([
    ['999', 429],
    ['200', 429],
    ['0', 429],
    ['-429', 429],
    ['NaN', 429],
    ['', 429],
    ['4290', 429],
    ['503', 503],
    ['1e3', 429],
  ])('An error with :HTTP_STATUS/%s gets the status of its code.', async (status, told) => {
    rig.upstream.answer(events([`id:1\nevent:error\n:HTTP_STATUS/${status}\ndata:${error}\n\n`]))
    const response = await rig.post(TEXT, NATIVE_BODY, SSE)
    expect(response.status).toBe(told)
    expect(await response.text()).toBe(error)
  })

  it.each(['__proto__', 'constructor', 'toString', '.'.repeat(5000), '\u0000'])(
    'A first event with the code %j becomes a 400.',
    async (code) => {
      rig.upstream.answer(events([`event:error\ndata:${JSON.stringify({ code, message: 'm' })}\n\n`]))
      expect((await rig.post(TEXT, NATIVE_BODY, SSE)).status).toBe(400)
    },
  )

  it.each([
    ['no JSON', 'data:boom\n'],
    ['no data', ''],
    ['a list', 'data:[1]\n'],
    ['null', 'data:null\n'],
    ['HTML', 'data:<html>\n'],
  ])('A first event with %s becomes an error with JSON.', async (_, data) => {
    rig.upstream.answer(events([`event:error\n:HTTP_STATUS/400\n${data}\n`]))
    const response = await rig.post(TEXT, NATIVE_BODY, SSE)
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ code: 'InternalError.Upstream' })
  })

  it.each(['data:not JSON\n\n', 'data:{"output":\n\n', 'data:null\n\n', '\ufeffdata:{}\n\n'])(
    'Data that is neither JSON nor an error passes: %j',
    async (text) => {
      rig.upstream.answer(events([text]))
      const response = await rig.post(TEXT, NATIVE_BODY, SSE)
      expect(response.status).toBe(200)
      expect(Buffer.from(await response.arrayBuffer()).toString()).toBe(text)
    },
  )
})

describe('hostile: an upstream with an invalid status or invalid headers', () => {
  it.each([101, 199, 304, 600, 700, 999])(
    'The status %i becomes a 502 in the dialect of the path.',
    async (status) => {
      const text = status === 304 ? '' : '{"code":"x"}'
      rig.upstream.answer(
        bytes(
          `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
        ),
      )
      const response = await rig.post(CHAT, CHAT_BODY)
      expect(response.status).toBe(502)
      expect(await response.json()).toMatchObject({ error: { code: 'upstream_error' } })
    },
  )

  it.each([204, 205])('The status %i without a body passes.', async (status) => {
    rig.upstream.answer(bytes(`HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`))
    expect((await rig.post(TEXT, NATIVE_BODY)).status).toBe(status)
  })

  it.each([
    ['a bare CR', 'x-request-id: a\rset-cookie: b=c'],
    ['NUL', 'x-request-id: a\0b'],
    ['a folded line', 'x-request-id: a\r\n set-cookie: b=c'],
    ['a bare LF', 'x-request-id: a\nset-cookie: b=c'],
    ['many bytes', `x-request-id: ${'a'.repeat(8000)}`],
    ['bytes that are no UTF-8', 'x-request-id: \u00ff\u00fe'],
  ])('A request id with %s does not split the response.', async (_, line) => {
    rig.upstream.answer(
      bytes(`HTTP/1.1 200 OK\r\n${line}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`),
    )
    const response = await rig.post(TEXT, NATIVE_BODY)
    expect([200, 502]).toContain(response.status)
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  it.each([
    ['text that is not gzip', 'Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n{}{}'],
    ['an unknown encoding', 'Content-Encoding: rot13\r\nContent-Length: 2\r\n\r\n{}'],
    ['more announced than sent', 'Content-Length: 2000\r\n\r\n{}'],
    ['invalid chunks', 'Transfer-Encoding: chunked\r\n\r\nzz\r\n{}'],
  ])('With %s the caller gets a response or a 502 and never hangs.', async (_, rest) => {
    rig.upstream.answer(bytes(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${rest}`))
    expect([200, 502]).toContain((await rig.post(TEXT, NATIVE_BODY)).status)
  })
})

describe('hostile: an upstream whose tasks, files and lists are malformed', () => {
  const nonsense = ['', 'boom', 'null', '[]', '5', '{"output":null}', '{"output":{"task_id":5}}', '{"id":{}}']

  it.each(nonsense)('The task %j does not make the gateway fail.', async (text) => {
    rig.upstream.answer(json(text))
    const response = await rig.post(TEXT, NATIVE_BODY, { 'x-dashscope-async': 'enable' })
    expect([200, 502]).toContain(response.status)
  })

  it.each([...nonsense, '{"data":5}', '{"data":[null]}', '{"data":[{"task_id":5}]}'])(
    'The list %j becomes a 502.',
    async (text) => {
      rig.upstream.answer(json(text))
      const response = await fetch(`${rig.gateway.address}/api/v1/tasks`, {
        headers: { authorization: `Bearer ${rig.key}` },
      })
      expect(response.status).toBe(502)
      expect(await response.json()).toMatchObject({ code: 'InternalError.Upstream' })
    },
  )

  it('Endless pages are read only as far as the gateway reads any list.', async () => {
    rig.upstream.answer(json('{"data":[{"task_id":"t"}],"total_page":1e9,"request_id":"r"}'))
    const response = await fetch(`${rig.gateway.address}/api/v1/tasks`, {
      headers: { authorization: `Bearer ${rig.key}` },
    })
    expect(response.status).toBe(200)
    expect(rig.upstream.seen.length).toBeLessThanOrEqual(10)
  })
})

describe('hostile: request ids that a caller sends', () => {
  it.each(['x-request-id', 'x-edge-request-id', 'request-id', 'x-correlation-id'])(
    'The header %s is not sent back.',
    async (name) => {
      const response = await rig.post(TEXT, NATIVE_BODY, { [name]: 'evil%0d%0aSet-Cookie:a=b' })
      expect(response.headers.get('x-edge-request-id')).toMatch(/^[0-9a-f-]{36}$/)
      expect(JSON.stringify([...response.headers])).not.toContain('evil')
      expect(JSON.stringify(rig.upstream.seen[0]?.headers)).not.toContain('evil')
    },
  )
})
