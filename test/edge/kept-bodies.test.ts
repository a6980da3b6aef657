import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, nativeBody, SSE, TEXT, until } from '../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { mintToken } from '../meter/over-http/rig.ts'

const KEPT = { log_bodies: true }
const LIMITED = { ...KEPT, limits: { requests_per_minute: 1000 } }
const NO_STORE = { 'cache-control': 'no-store' }
const IMAGES = '/compatible-mode/v1/images/generations'
const EDITS = '/compatible-mode/v1/images/edits'

interface Row {
  id: string
  status: number
  has_body?: boolean
  body?: { text: string; cut?: boolean }
  answer?: { text: string; cut?: boolean }
}

let folder: string
let gateway: TestGateway
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dashscope-edge-bodies-'))
  gateway = await startTestGateway({ LOG_BODIES: 'on' }, { persist: folder })
})
afterAll(async () => {
  await gateway.stop()
  await rm(folder, { recursive: true, force: true })
})

async function get(path: string, credential: string, address = gateway.address) {
  const response = await fetch(`${address}/edge${path}`, {
    headers: { authorization: `Bearer ${credential}` },
  })
  const text = await response.text()
  return { status: response.status, text, row: text.startsWith('{') ? (JSON.parse(text) as Row) : undefined }
}

async function rowsOf(key: string, address = gateway.address): Promise<Row[]> {
  return (JSON.parse((await get('/requests', key, address)).text) as { rows: Row[] }).rows
}

/** Sends a request, and waits until it is in the log. */
async function send(
  key: string,
  body: object,
  {
    path = CHAT,
    headers = NO_STORE,
    by = key,
    address = gateway.address,
  }: {
    path?: string
    headers?: Record<string, string>
    by?: string
    address?: string
  } = {},
) {
  const response = await ask({ address, key: by, path, body, headers })
  const text = await response.text()
  const id = response.headers.get('x-edge-request-id') ?? ''
  await until('it is logged', async () => (await rowsOf(key, address)).some((row) => row.id === id))
  return { id, text, status: response.status }
}

/** The row of a request with what is kept of it. */
async function keptOf(key: string, body: object, options: Parameters<typeof send>[2] = {}) {
  const { id, text } = await send(key, body, options)
  return { text, row: (await get(`/requests/${id}`, key, options.address)).row }
}

describe('the bodies of a key with log_bodies', () => {
  it.each([
    ['without limits', KEPT],
    ['with limits', LIMITED],
  ])('Body and response are shown by id, and marked in the list, for a key %s.', async (_, fields) => {
    const { key, id: keyId } = await gateway.issueKey(fields)
    const body = chatBody('qwen-plus', 'what is kept')
    const { id, text } = await send(key, body)
    const expected = { id, has_body: true, body: { text: JSON.stringify(body) }, answer: { text } }
    expect((await get(`/requests/${id}`, key)).row).toMatchObject(expected)
    expect((await get(`/requests/${id}?key=${keyId}`, ADMIN_TOKEN)).row).toMatchObject(expected)
    const list = await get('/requests', key)
    expect(list.text).toContain('"has_body":true')
    for (const { text } of [list, await get('/requests?format=csv', key)]) {
      expect(text).toContain(id)
      expect(text).not.toContain('what is kept')
    }
    expect((await get('/requests?format=csv', key)).text).not.toMatch(/body|answer/)
  })

  it.each([
    ['of the compatible API', chatBody('qwen-plus', 'a stream', { stream: true }), CHAT, NO_STORE],
    [
      'of the native API',
      nativeBody('qwen-plus', 'a stream', { incremental_output: true }),
      TEXT,
      { ...SSE, ...NO_STORE },
    ],
    ['from the cache', chatBody('qwen-plus', 'a stream', { stream: true, seed: 3 }), CHAT, {}],
  ])('The response of a stream is kept as it was sent: %s.', async (_, body, path, headers) => {
    const { key } = await gateway.issueKey({ ...KEPT, cache: { streams: true } })
    const first = await keptOf(key, body, { path, headers })
    const second = await keptOf(key, body, { path, headers })
    for (const { row, text } of [first, second]) {
      expect(row?.body).toEqual({ text: JSON.stringify(body) })
      expect(row?.answer).toEqual({ text })
    }
  })

  it('Of a long body the beginning is kept, of a long stream the end, and both are marked as cut.', async () => {
    const { key } = await gateway.issueKey(KEPT)
    const body = chatBody('qwen-plus', '密 long '.repeat(6000), { stream: true })
    const { row, text } = await keptOf(key, body)
    for (const kept of [row?.body, row?.answer]) {
      expect(kept?.cut).toBe(true)
      const bytes = Buffer.byteLength(kept?.text ?? '')
      expect(bytes).toBeGreaterThan(16_000)
      expect(bytes).toBeLessThanOrEqual(16_384)
    }
    expect(JSON.stringify(body).startsWith(row?.body?.text ?? '-')).toBe(true)
    expect(text.endsWith(row?.answer?.text ?? '-')).toBe(true)
  })

  it('The body is what the caller sent, not what is sent on.', async () => {
    const { key } = await gateway.issueKey({ ...KEPT, aliases: { 'gpt-4o': 'qwen-plus' } })
    const body = chatBody('gpt-4o', 'by another name')
    expect((await keptOf(key, body)).row?.body).toEqual({ text: JSON.stringify(body) })
    const pictures = { model: 'qwen-image', prompt: 'a whale', user: 'ann' }
    const { row } = await keptOf(key, pictures, { path: IMAGES })
    expect(row?.body).toEqual({ text: JSON.stringify(pictures) })
  })

  it('Credentials in a body and in a response are masked.', async () => {
    const { key } = await gateway.issueKey(KEPT)
    const secret = 'sk-0123456789abcdef0123'
    const { row } = await keptOf(key, chatBody('qwen-plus', `my key:\n${secret} and ${key}`))
    const texts = JSON.stringify(row)
    expect(row?.body?.text).toContain('my key:\\nsk-… and dse_…')
    expect(row?.answer?.text).toBeDefined()
    expect(texts).not.toContain(secret)
    expect(texts).not.toContain(key)
  })

  it('The newest 50 are kept.', async () => {
    const { key } = await gateway.issueKey(KEPT)
    const ids: string[] = []
    for (let number = 1; number <= 53; number++) {
      const body = chatBody('qwen-plus', `number ${number}`)
      const response = await ask({ address: gateway.address, key, path: CHAT, body, headers: NO_STORE })
      await response.text()
      ids.push(response.headers.get('x-edge-request-id') ?? '')
    }
    await until('all of them are logged', async () => (await rowsOf(key)).length === 53)
    const marked = (await rowsOf(key)).filter(({ has_body }) => has_body).map(({ id }) => id)
    expect(marked.toSorted()).toEqual(ids.slice(3).toSorted())
    expect((await get(`/requests/${ids[2]}`, key)).row).not.toHaveProperty('body')
    expect((await get(`/requests/${ids[3]}`, key)).row).toHaveProperty('body')
  })
})

describe('P7: who reads a kept body', () => {
  it('Another key gets 404, and a session token none, not even its own.', async () => {
    const { key } = await gateway.issueKey({ ...LIMITED, user_limits: { requests_per_minute: 100 } })
    const other = await gateway.issueKey(KEPT)
    const ann = await mintToken(gateway, key, { user: 'ann', frozen: { system: 'a frozen text' } })
    const ben = await mintToken(gateway, key, { user: 'ben' })
    const body = chatBody('qwen-plus', 'what ann says')
    const { id } = await send(key, body, { by: ann })
    const { row } = await get(`/requests/${id}`, key)
    expect(row).toMatchObject({ user: 'ann', body: { text: JSON.stringify(body) } })
    expect((await get(`/requests/${id}`, other.key)).status).toBe(404)
    for (const token of [ann, ben]) {
      const refused = await get(`/requests/${id}`, token)
      expect(refused.status).toBe(401)
      expect(refused.text).not.toContain('what ann says')
    }
  })
})

describe('what is not kept', () => {
  it('Nothing is kept of a key without log_bodies.', async () => {
    const { key } = await gateway.issueKey({ log_bodies: false })
    const { row } = await keptOf(key, chatBody('qwen-plus', 'nothing'))
    expect(row?.status).toBe(200)
    expect(row).not.toHaveProperty('has_body')
    expect(row).not.toHaveProperty('body')
    expect(row).not.toHaveProperty('answer')
  })

  it('Nothing is kept of uploads and of encrypted input.', async () => {
    const { key } = await gateway.issueKey(KEPT)
    const form = new FormData()
    form.append('model', 'qwen-image-edit')
    form.append('prompt', 'what the form says')
    form.append('image', new File([new Uint8Array([0x89, 80, 78, 71, 13, 10, 26, 10])], 'a.png'))
    const headers = { authorization: `Bearer ${key}` }
    await (await fetch(gateway.address + EDITS, { method: 'POST', headers, body: form })).text()
    const encrypted = { ...NO_STORE, 'x-dashscope-encryptionkey': '{}' }
    await send(key, { model: 'qwen-plus', input: 'c2VjcmV0' }, { path: TEXT, headers: encrypted })
    await until('both are logged', async () => (await rowsOf(key)).length === 2)
    expect((await rowsOf(key)).filter(({ has_body }) => has_body)).toEqual([])
  })

  it('Nothing is kept or shown once the operator switches LOG_BODIES or the log off.', async () => {
    const { key } = await gateway.issueKey(KEPT)
    const { id } = await send(key, chatBody('qwen-plus', 'before'))
    expect((await get(`/requests/${id}`, key)).row).toHaveProperty('body')
    await gateway.stop()
    for (const [variables, status] of [
      [{}, 200],
      [{ LOG_BODIES: 'on', REQUEST_LOG: '0' }, 404],
    ] as const) {
      const off = await startTestGateway(variables, { persist: folder })
      try {
        const body = chatBody('qwen-plus', 'while it is off')
        const response = await ask({ address: off.address, key, path: CHAT, body, headers: NO_STORE })
        await response.text()
        expect(response.status).toBe(200)
        const before = await get(`/requests/${id}`, key, off.address)
        expect(before.status).toBe(status)
        expect(before.text).not.toMatch(/"(?:has_)?body"/)
        expect(JSON.stringify(await rowsOf(key, off.address))).not.toContain('has_body')
      } finally {
        await new Promise((resolve) => setTimeout(resolve, 1500))
        await off.stop()
      }
    }
    gateway = await startTestGateway({ LOG_BODIES: 'on' }, { persist: folder })
    const marked = (await rowsOf(key)).filter(({ has_body }) => has_body)
    expect(marked.map((row) => row.id)).toEqual([id])
  })
})
