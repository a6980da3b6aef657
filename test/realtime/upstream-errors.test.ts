import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { openRawSocket } from './raw-socket.ts'
import { isEvent, isTaskEvent, openSocket, runSynthesis } from './socket.ts'
import { acceptUpgrade, CLOSE, serverFrame, TEXT } from './socket-server.ts'

const KEY = 'sk-operator-0123456789abcdef'

let upstream: Server
let gateway: TestGateway
/** Sends frames to the caller of the newest connection. */
let say: (socket: Socket) => void = () => undefined

const textFrame = (text: string) => serverFrame(TEXT, Buffer.from(text))

function closeFrame(code: number, reason: string): Buffer {
  const payload = Buffer.from(`  ${reason}`)
  payload.writeUInt16BE(code)
  return serverFrame(CLOSE, payload)
}

beforeAll(async () => {
  upstream = createServer()
  upstream.on('upgrade', (request, socket: Socket) => {
    acceptUpgrade(request, socket)
    say(socket)
  })
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const { port } = upstream.address() as AddressInfo
  gateway = await startTestGateway({
    DASHSCOPE_API_KEY: KEY,
    DASHSCOPE_BASE_URL: `http://127.0.0.1:${port}`,
  })
})
afterAll(async () => {
  await gateway.stop()
  upstream.closeAllConnections()
  upstream.close()
})

async function connect(path: string) {
  const { key } = await gateway.issueKey()
  return openSocket(gateway.address + path, { headers: { authorization: `Bearer ${key}` } })
}

describe('P2: an error of DashScope that quotes a key', () => {
  it('A task-failed frame reaches the caller without the key, and every other character stays.', async () => {
    const text = (quoted: string) =>
      `{"header":{"task_id":"t1","event":"task-failed","error_code":"InvalidApiKey","error_message":"Incorrect key: ${quoted}","n":1.0},"payload":{}}`
    say = (socket) => socket.write(textFrame(text(KEY)))
    const socket = await connect('/api-ws/v1/inference')
    socket.send(runSynthesis('t1'))
    expect(await socket.until(isTaskEvent('task-failed'))).toEqual(JSON.parse(text('sk-…')))
    socket.close()
  })

  it('An error event reaches the caller without the key.', async () => {
    const error = (quoted: string) => ({
      type: 'error',
      error: { type: 'server_error', code: 'x', message: `Key ${quoted} failed.` },
    })
    say = (socket) => socket.write(textFrame(JSON.stringify(error(KEY))))
    const socket = await connect('/api-ws/v1/realtime?model=qwen3-omni-flash-realtime')
    expect(await socket.until(isEvent('error'))).toEqual(error('sk-…'))
    socket.close()
  })
})

describe('a conversation that DashScope closes', () => {
  it.each([
    [1001, 'session expired', '(1001: session expired)'],
    [1008, '', '(1008)'],
    [4000, KEY, '(4000: sk-…)'],
  ])(
    'With %i and the reason "%s" the caller gets an error event before the close.',
    async (status, reason, said) => {
      say = (socket) => socket.end(closeFrame(status, reason))
      const socket = await connect('/api-ws/v1/realtime?model=qwen3-omni-flash-realtime')
      expect(await socket.until(isEvent('error'))).toMatchObject({
        error: {
          type: 'server_error',
          code: 'InternalError.Upstream',
          message: `The gateway has lost the connection to DashScope ${said}. Open a new connection.`,
        },
      })
      expect(await socket.closed).toEqual({ code: 1011, reason: 'InternalError.Upstream' })
    },
  )

  it('With 1000 it is closed in the same way, without an error.', async () => {
    say = (socket) => socket.end(closeFrame(1000, 'bye'))
    const socket = await connect('/api-ws/v1/realtime?model=qwen3-omni-flash-realtime')
    expect(await socket.closed).toEqual({ code: 1000, reason: 'bye' })
    expect(socket.messages).toEqual([])
  })
})

describe('a frame of DashScope', () => {
  const path = '/api-ws/v1/realtime?model=qwen3-omni-flash-realtime'

  it('A frame that is not JSON reaches the caller as it is, and the session continues.', async () => {
    say = (socket) => {
      socket.write(textFrame('{"type":"session.created"'))
      socket.write(textFrame('{"type":"session.created"}'))
    }
    const { key } = await gateway.issueKey()
    const { connection, send } = await openRawSocket(gateway.address + path, {
      authorization: `Bearer ${key}`,
    })
    const read = new Promise<string>((resolve) => {
      let text = ''
      connection.on('data', (bytes: Buffer) => {
        text += bytes.toString('latin1')
        if (text.includes('"session.created"}')) resolve(text)
      })
    })
    send({ type: 'session.update', session: {} })
    expect(await read).toContain('{"type":"session.created"\x81')
    connection.destroy()
  })

  it('A frame of more than 32 MiB ends the session in-band.', async () => {
    say = (socket) => socket.write(serverFrame(TEXT, Buffer.alloc(33 * 1024 * 1024, 'x')))
    const socket = await connect(path)
    expect(await socket.until(isEvent('error'))).toMatchObject({
      error: { type: 'server_error', code: 'InternalError.Upstream' },
    })
    expect(await socket.closed).toEqual({ code: 1011, reason: 'InternalError.Upstream' })
  })
})
