import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { CHAT, TEXT } from '../harness/caller.ts'
import { open, requestText } from './raw.ts'
import { CHAT_BODY, NATIVE_BODY, useRig } from './rig.ts'

const rig = useRig()

/** Sends the headers, then the body after a pause, and reads until the connection has answered or has been cut. */
async function postLate(
  path: string,
  body: string,
  authorization: string,
  pauseMs: number,
  announced = body.length,
) {
  const socket = open(rig.gateway.address)
  const failures: string[] = []
  let response = ''
  socket.on('error', (error) => failures.push(error.message))
  socket.on('data', (piece) => {
    response += piece
  })
  const closed = new Promise((resolve) => socket.on('close', resolve))
  const lines = [
    `POST ${path} HTTP/1.1`,
    'Host: gateway.example',
    `Authorization: Bearer ${authorization}`,
    'Content-Type: application/json',
    `Content-Length: ${announced}`,
    'Connection: close',
  ]
  socket.write(requestText(lines))
  await sleep(pauseMs)
  const before = response
  for (const byte of body) {
    socket.write(byte)
    await sleep(1)
  }
  await closed
  return { before, response, failures }
}

describe('hostile: bodies of requests that are refused unread', () => {
  it.concurrent.each<[string, string, string, number]>([
    ['a wrong key', TEXT, NATIVE_BODY, 401],
    ['a wrong key', CHAT, CHAT_BODY, 401],
    ['an unknown path', '/nothing', CHAT_BODY, 404],
    ['an unknown path of the gateway', '/edge/nothing', CHAT_BODY, 404],
    ['a wrong operator', '/edge/keys', '{"name":"page"}', 401],
    ['a wrong key', '/edge/uploads', 'x'.repeat(300), 401],
  ])('A small body that comes late is read before the refusal: %s at %s.', async (_, path, body, status) => {
    const { before, response, failures } = await postLate(path, body, 'sk-edge-wrong', 1500)
    expect(before).toBe('')
    expect(response).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(failures).toEqual([])
  })

  it.concurrent('A refusal does not wait for a body that never comes.', async () => {
    const { before } = await postLate(TEXT, NATIVE_BODY, 'sk-edge-wrong', 4000)
    expect(before).toMatch(/^HTTP\/1\.1 401 /)
  })

  it.concurrent('A refusal does not wait for a long body.', async () => {
    const { before } = await postLate(TEXT, NATIVE_BODY, 'sk-edge-wrong', 700, 64 * 1024 + 1)
    expect(before).toMatch(/^HTTP\/1\.1 401 /)
  })
})
