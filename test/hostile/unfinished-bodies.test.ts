import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { CHAT } from '../harness/caller.ts'
import { mintToken } from '../meter/over-http/rig.ts'
import { open, requestText } from './raw.ts'
import { CHAT_BODY, useRig } from './rig.ts'

const MEBIBYTE = 1024 * 1024

const rig = useRig()
const sockets: ReturnType<typeof open>[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

/** Sends all of a large body but its last byte. */
function begin(key: string, framing: 'announced' | 'chunked') {
  const size = 18 * MEBIBYTE
  const socket = open(rig.gateway.address)
  sockets.push(socket)
  let response = ''
  socket.on('data', (piece) => {
    response += piece
  })
  const head = [
    `POST ${CHAT} HTTP/1.1`,
    `Host: ${new URL(rig.gateway.address).host}`,
    'Connection: close',
    `Authorization: Bearer ${key}`,
    'Content-Type: application/json',
    framing === 'announced' ? `Content-Length: ${size}` : 'Transfer-Encoding: chunked',
  ]
  const begun = `${CHAT_BODY.slice(0, -1)},"extra":"`
  socket.write(requestText(head))
  const body = begun + 'x'.repeat(size - begun.length - 1)
  socket.write(framing === 'announced' ? body : `${body.length.toString(16)}\r\n${body}\r\n`)
  return { socket, response: () => response }
}

describe('hostile: unfinished large bodies', () => {
  it('Only so many of one caller are read at a time, and nothing of it concerns other callers or small bodies.', async () => {
    const token = await mintToken(rig.gateway, rig.key, { user: 'mallory', budget: { requests: 1 } })
    const begun = Array.from({ length: 8 }, (_, index) => begin(token, index % 2 ? 'announced' : 'chunked'))
    await sleep(300)
    // The others wait for room; nothing is refused yet, and the key itself and small bodies go on.
    expect(begun.filter(({ response }) => response() !== '')).toHaveLength(0)
    const small = await rig.post(CHAT, CHAT_BODY)
    const large = await rig.post(CHAT, `${CHAT_BODY.slice(0, -1)},"extra":"${'x'.repeat(MEBIBYTE)}"}`)
    const own = await rig.post(CHAT, CHAT_BODY, { authorization: `Bearer ${token}` })
    expect([small.status, large.status, own.status]).toEqual([200, 200, 200])
    await expect
      .poll(() => begun.filter(({ response }) => response().startsWith('HTTP/1.1 429')).length, {
        timeout: 15_000,
      })
      .toBe(6)
    expect(begun.find(({ response }) => response() !== '')?.response()).toContain(
      'Other large request bodies of this caller are still being sent.',
    )
    // Room is free again once the caller has gone.
    for (const { socket } of begun) socket.resetAndDestroy()
    const after = `${CHAT_BODY.slice(0, -1)},"extra":"${'x'.repeat(18 * MEBIBYTE)}"}`
    await expect
      .poll(
        async () =>
          (
            await rig.post(CHAT, after, {
              authorization: `Bearer ${await mintToken(rig.gateway, rig.key, { user: 'mallory' })}`,
            })
          ).status,
        { timeout: 15_000 },
      )
      .toBe(200)
  }, 60_000)
})
