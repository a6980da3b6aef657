import { describe, expect, it } from 'vitest'
import { CHAT, TEXT } from '../harness/caller.ts'
import { line } from '../proxy/upload-rig.ts'
import { open, requestText } from './raw.ts'
import { useRig } from './rig.ts'

const KIB = 1024
const LIMIT_BYTES = 256 * KIB

/** Buffers of the kernel on both sides, and what the gateway reads ahead; far below what is offered. */
const MAY_STAND_IN_BUFFERS_BYTES = 16 * KIB * KIB
const OFFERED_BYTES = 128 * KIB * KIB

const small = useRig({ MAX_BODY_BYTES: String(LIMIT_BYTES) })

/** Begins a question whose body comes in chunks. */
function begin(path: string) {
  const socket = open(small.gateway.address)
  let response = ''
  socket.on('data', (piece) => {
    response += piece
  })
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(response)))
  const isUpload = path.endsWith('/files')
  socket.write(
    requestText([
      `POST ${path} HTTP/1.1`,
      'Host: gateway.example',
      `Authorization: Bearer ${small.key}`,
      `Content-Type: ${isUpload ? 'multipart/form-data; boundary=b' : 'application/json'}`,
      'Transfer-Encoding: chunked',
      'Connection: close',
    ]),
  )
  if (isUpload) socket.write(chunkOf(FORM_HEAD))
  return { socket, closed }
}

const FORM_HEAD = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
const chunkOf = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
const chunk = (bytes: number) => chunkOf('x'.repeat(bytes))

describe('hostile: a body without a length and without an end', () => {
  it.each([TEXT, CHAT, '/compatible-mode/v1/files'])(
    'At %s the first byte too many gets 413.',
    async (path) => {
      const { socket, closed } = begin(path)
      socket.write(chunk(LIMIT_BYTES))
      socket.write(chunk(1))
      expect(await closed).toMatch(/^HTTP\/1\.1 413 /)
      expect(small.upstream.seen).toEqual([])
    },
  )

  it.each([TEXT, '/compatible-mode/v1/files'])(
    'At %s a caller that keeps writing is disconnected.',
    async (path) => {
      const { socket, closed } = begin(path)
      const piece = chunk(64 * KIB)
      let written = 0
      while (written < OFFERED_BYTES && socket.writable) {
        written += piece.length
        if (!socket.write(piece)) {
          await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed])
        } else await new Promise(setImmediate)
      }
      // A connection that is cut while we write may lose the answer on the way.
      expect(await closed).toMatch(/^(HTTP\/1\.1 413 |$)/)
      expect(written).toBeLessThan(LIMIT_BYTES + MAY_STAND_IN_BUFFERS_BYTES)
      expect(small.upstream.seen).toEqual([])
    },
  )
})

describe('hostile: an announced length', () => {
  it('A batch whose announced length is too large is refused before any of it goes to DashScope.', async () => {
    const begun = small.upstream.begun()
    const socket = open(small.gateway.address)
    const response = new Promise<string>((resolve) => socket.once('data', (piece) => resolve(String(piece))))
    socket.on('error', () => undefined)
    socket.write(
      requestText([
        'POST /compatible-mode/v1/files HTTP/1.1',
        'Host: gateway.example',
        `Authorization: Bearer ${small.key}`,
        'Content-Type: multipart/form-data; boundary=b',
        `Content-Length: ${600 * KIB * KIB}`,
      ]),
    )
    socket.write('--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n')
    // The gateway reads 256 KiB at a time.
    socket.write(FORM_HEAD.replace('a.txt', 'a.jsonl') + line('1').repeat(3000))
    expect(await response).toMatch(/^HTTP\/1\.1 413 /)
    socket.destroy()
    expect(small.upstream.begun()).toBe(begun)
  })
})

const roomy = useRig()

function chat(extra: string): string {
  return `{"model":"m","messages":[{"role":"user","content":"hi"}],"extra":${extra}}`
}

const deep = (open: string, close: string, levels: number) => `${open.repeat(levels)}1${close.repeat(levels)}`
const members = (count: number, name: (index: number) => string) =>
  `{${Array.from({ length: count }, (_, index) => `"${name(index)}":1`).join(',')}}`

describe('hostile: JSON that costs more than its size suggests', () => {
  it.each<[string, () => string]>([
    ['100,000 arrays in each other', () => chat(deep('[', ']', 100_000))],
    ['100,000 objects in each other', () => chat(deep('{"a":', '}', 100_000))],
    ['messages 100,000 deep', () => `{"model":"m","messages":${deep('[', ']', 100_000)}}`],
    ['a million keys', () => chat(members(1_000_000, (index) => index.toString(36)))],
    ['100,000 keys that are array indices', () => chat(members(100_000, (index) => String(index * 7919)))],
    ['a million times the same key', () => chat(members(1_000_000, () => 'k'))],
    ['a million empty arrays', () => chat(`[${'[],'.repeat(1_000_000)}1]`)],
    [
      '100,000 messages',
      () => `{"model":"m","messages":[${'{"role":"user"},'.repeat(100_000)}{"role":"user"}]}`,
    ],
    ['a number of a million digits', () => chat('1'.repeat(1_000_000))],
    ['an exponent of a million digits', () => chat(`1e${'9'.repeat(1_000_000)}`)],
    ['a million escapes', () => chat(`"${'\\ud83d\\ude00'.repeat(500_000)}"`)],
    ['a million backslashes', () => chat(`"${'\\'.repeat(1_000_000)}"`)],
    [
      'a model of a million letters',
      () => `{"model":"${'m'.repeat(1_000_000)}","messages":[{"role":"user"}]}`,
    ],
  ])('The body is answered or refused, with the cache and without: %s', async (_, body) => {
    const text = body()
    for (const control of ['no-store', 'max-age=60']) {
      const response = await roomy.post(CHAT, text, { 'cache-control': control })
      expect([200, 400, 413]).toContain(response.status)
      if (response.status !== 200)
        expect(await response.json()).toMatchObject({ error: { message: expect.any(String) } })
      else await response.text()
    }
    for (const { body } of roomy.upstream.seen) expect(body.toString()).toBe(text)
    expect((await roomy.post(CHAT, chat('1'))).status).toBe(200)
  })

  it.each([
    ['__proto__', '{"__proto__":{"model":"m","messages":[{"role":"user","content":"hi"}]}}'],
    [
      'constructor',
      '{"constructor":{"prototype":{"model":"m"}},"messages":[{"role":"user","content":"hi"}]}',
    ],
  ])('The key %s adds nothing to a body.', async (_, text) => {
    const response = await roomy.post(CHAT, text)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param: 'model' } })
    const clean = await roomy.post(CHAT, '{"messages":[{"role":"user","content":"hi"}]}')
    expect(clean.status).toBe(400)
  })
})
