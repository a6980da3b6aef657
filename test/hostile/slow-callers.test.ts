import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { SSE, TEXT, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { open, requestText } from './raw.ts'
import { NATIVE_BODY, useRig } from './rig.ts'

const MIB = 1024 * 1024
const SLOW_CALLERS = 20
const rig = useRig()

/** Begins a question and holds its last byte back. */
function begin(body: string, more: readonly string[] = [], key = rig.key) {
  const socket = open(rig.gateway.address)
  const lines = [
    `POST ${TEXT} HTTP/1.1`,
    'Host: gateway.example',
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
    ...more,
  ]
  let response = ''
  socket.on('data', (piece) => {
    response += piece
  })
  socket.write(requestText(lines, body.slice(0, 1)))
  return { socket, response: new Promise<string>((resolve) => socket.on('close', () => resolve(response))) }
}

describe('hostile: callers who send a byte at a time', () => {
  it('Slow callers delay no other caller, cost DashScope nothing, and get their response in the end.', async () => {
    const slow = Array.from({ length: SLOW_CALLERS }, () => begin(NATIVE_BODY))
    await sleep(100)
    for (let asked = 0; asked < SLOW_CALLERS; asked++) {
      expect((await rig.post(TEXT, NATIVE_BODY, { 'cache-control': 'max-age=60' })).status).toBe(200)
    }
    expect(rig.upstream.seen).toHaveLength(1)
    const [first] = slow
    for (const byte of NATIVE_BODY.slice(1)) {
      first?.socket.write(byte)
      await sleep(5)
    }
    expect(await first?.response).toMatch(/^HTTP\/1\.1 200 /)
    expect(rig.upstream.seen).toHaveLength(1)
    for (const { socket } of slow) socket.resetAndDestroy()
    expect((await rig.post(TEXT, NATIVE_BODY)).status).toBe(200)
    expect(rig.upstream.seen).toHaveLength(2)
  })

  it('Headers that never end do not keep other callers waiting.', async () => {
    const socket = open(rig.gateway.address)
    socket.write(`POST ${TEXT} HTTP/1.1\r\nHost: gateway.example\r\nX-Slow: `)
    await sleep(50)
    expect((await rig.post(TEXT, NATIVE_BODY)).status).toBe(200)
    socket.resetAndDestroy()
  })
})

describe('a body that starts before its key is revoked and ends after', () => {
  it.each([
    ['revoked', 'DELETE', undefined],
    ['disabled', 'PATCH', { disabled: true }],
  ])(
    'A body whose key is %s meanwhile is refused, and costs DashScope nothing.',
    async (_, method, change) => {
      const { id, key } = await rig.gateway.issueKey()
      const before = rig.upstream.seen.length
      const { socket, response } = begin(NATIVE_BODY, [], key)
      await sleep(2000)
      const changed = await fetch(`${rig.gateway.address}/edge/keys/${id}`, {
        method,
        headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
        ...(change && { body: JSON.stringify(change) }),
      })
      expect(changed.ok).toBe(true)
      socket.write(NATIVE_BODY.slice(1))
      expect(await response).toMatch(/^HTTP\/1\.1 401 /)
      expect(rig.upstream.seen).toHaveLength(before)
    },
  )

  it('A body whose key expired meanwhile is refused.', async () => {
    const { key } = await rig.gateway.issueKey({ expires_at: new Date(Date.now() + 1500).toISOString() })
    const { socket, response } = begin(NATIVE_BODY, [], key)
    await sleep(2000)
    socket.write(NATIVE_BODY.slice(1))
    expect(await response).toMatch(/^HTTP\/1\.1 401 /)
  })
})

describe('hostile: a caller that requests a stream and does not read it', () => {
  it('DashScope is slowed down instead of filling the memory, and is released when the caller leaves.', async () => {
    let written = 0
    let left = false
    rig.upstream.answer(async (response) => {
      const closed = new Promise<void>((resolve) => response.once('close', resolve))
      void closed.then(() => {
        left = true
      })
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data:{"output":{"text":"hi"}}\n\n')
      const frame = `data:{"output":{"text":"${'x'.repeat(MIB)}"}}\n\n`
      while (!left && written < 256 * MIB) {
        written += frame.length
        if (!response.write(frame))
          await Promise.race([new Promise((resolve) => response.once('drain', resolve)), closed])
      }
      response.end()
    })
    const body = NATIVE_BODY
    const { socket } = begin(body, [`X-DashScope-SSE: ${SSE['x-dashscope-sse']}`])
    socket.pause()
    socket.write(body.slice(1))
    await until('the upstream has begun', () => written > 0)
    let before = -1
    await until('the upstream is held back', async () => {
      if (written === before) return true
      before = written
      await sleep(300)
      return false
    })
    expect(written).toBeLessThan(64 * MIB)
    expect((await rig.post('/api/v1/unknown', body)).status).toBe(404)
    socket.resetAndDestroy()
    await until('the upstream is freed', () => left)
  })
})
