import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { line } from '../proxy/upload-rig.ts'
import { open, requestText } from './raw.ts'

const MEBIBYTE = 1024 * 1024

/** Buffers of the kernel on both connections, and what the gateway reads ahead; far below what is offered. */
const MAY_STAND_IN_BUFFERS_BYTES = 24 * MEBIBYTE
const OFFERED_BYTES = 96 * MEBIBYTE

const HEAD =
  '--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n' +
  '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n'

let deaf: Server
let gateway: TestGateway
let key = ''
const sockets: Socket[] = []

beforeAll(async () => {
  // A DashScope that takes the connection and never reads.
  deaf = createServer((socket) => {
    socket.pause()
    socket.on('error', () => undefined)
    sockets.push(socket)
  })
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
  const { port } = deaf.address() as { port: number }
  gateway = await startTestGateway({ DASHSCOPE_BASE_URL: `http://127.0.0.1:${port}` })
  key = (await gateway.issueKey()).key
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  deaf.close()
  await gateway.stop()
})

describe('hostile: an upload that DashScope does not read', () => {
  it('The upload is read no faster than DashScope reads it, so it does not fill the memory.', async () => {
    const socket = open(gateway.address)
    socket.on('error', () => undefined)
    socket.write(
      requestText([
        'POST /compatible-mode/v1/files HTTP/1.1',
        'Host: gateway.example',
        `Authorization: Bearer ${key}`,
        'Content-Type: multipart/form-data; boundary=b',
        `Content-Length: ${HEAD.length + OFFERED_BYTES}`,
      ]),
    )
    socket.write(HEAD)
    const piece = line('1', { user: 'x'.repeat(10_000) }).repeat(100)
    let written = 0
    for (;;) {
      written += piece.length
      if (socket.write(piece)) continue
      const drained = new Promise((resolve) => socket.once('drain', () => resolve(true)))
      // Where no room has come for a second, both sides wait for DashScope.
      const isStuck = new Promise((resolve) => setTimeout(() => resolve(false), 1000))
      if (written >= OFFERED_BYTES || !(await Promise.race([drained, isStuck]))) break
    }
    socket.destroy()
    expect(written).toBeLessThan(MAY_STAND_IN_BUFFERS_BYTES)
  })
})
