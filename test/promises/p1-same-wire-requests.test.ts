import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { pastCache, TEXT } from '../harness/caller.ts'
import { json } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { send } from '../harness/wire.ts'

const MULTIMODAL = '/api/v1/services/aigc/multimodal-generation/generation'

// One recording names a knowledge base, which the operator has to list in the key.
const rig = useGateway({}, { knowledge: ['*'] })

/** Sends a body and returns what of it reached the upstream. */
async function pass(
  path: string,
  body: string | Uint8Array | readonly (string | Uint8Array)[],
  headers: Record<string, string> = {},
) {
  const before = rig.upstream.seen.length
  const response = await send(rig.gateway.address, {
    method: 'POST',
    path,
    headers: pastCache(rig.key, headers),
    body,
  })
  expect(response.text).toBe('{"output":{"text":"ok"}}')
  expect(response.status).toBe(200)
  expect(rig.upstream.seen.length).toBe(before + 1)
  return rig.upstream.seen[before] ?? expect.unreachable()
}

describe('P1 recorded requests reach DashScope byte for byte', () => {
  const folder = 'test/recordings'
  // A batch needs a file that was checked before, so p1-recorded-batches.test.ts relays it.
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.request.body.json') && !file.startsWith('create-batch'))
    .map((file) => file.replace('.request.body.json', ''))

  it('There are recordings to compare.', () => expect(names.length).toBeGreaterThanOrEqual(18))

  it.each(names)('The recorded request %s reaches DashScope byte for byte.', async (name) => {
    const body = readFileSync(`${folder}/${name}.request.body.json`)
    const head = readFileSync(`${folder}/${name}.request.header.txt`, 'utf8')
    const path = /^POST (\S+) /.exec(head)?.[1] ?? TEXT
    for (const [, id] of body.toString().matchAll(/fileid:\/\/([\w-]+)/g)) await own(id ?? '')
    const seen = await pass(
      path,
      body,
      /X-DashScope-Async/i.test(head) ? { 'x-dashscope-async': 'enable' } : {},
    )
    expect(seen.target).toBe(path)
    expect(seen.body.equals(body)).toBe(true)
    expect(seen.headers['content-length']).toBe(String(body.byteLength))
  })
})

describe('P1 client samples reach DashScope byte for byte', () => {
  const folder = 'test/seeds'
  const names = readdirSync(folder).filter((file) => file.endsWith('.json'))

  it('There are samples to compare.', () => expect(names.length).toBeGreaterThanOrEqual(30))

  it.each(names)('The sample %s reaches DashScope byte for byte.', async (name) => {
    const sample = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))
    const body = JSON.stringify(sample.body).replaceAll('{FILE_ID}', 'file-fe-1')
    if (body.includes('fileid://')) await own('file-fe-1')
    const seen = await pass(sample.path, body, sample.headers)
    expect(seen.target).toBe(sample.path)
    expect(seen.body.toString()).toBe(body)
    // Cache-Control steers the gateway's own cache and ends here.
    for (const [header, value] of Object.entries(sample.headers)) {
      if (header !== 'cache-control') expect(seen.headers[header]).toBe(value)
    }
  })
})

describe('P1 nothing is parsed and printed again', () => {
  const messages = '"messages":[{"role":"user","content":"hi"}]'
  it.each([
    ['a seed beyond 2^53', `{"model":"m","input":{${messages}},"parameters":{"seed":9223372036854775807}}`],
    [
      'numbers as they were written',
      `{"model":"m","input":{${messages}},"parameters":{"top_p":0.80,"seed":1E2,"temperature":1.0e-0}}`,
    ],
    [
      'unknown fields',
      `{"model":"m","input":{${messages},"x_unknown":[null]},"x_unknown":{"a":-0},"parameters":{"search_options":{"x":1}}}`,
    ],
    ['escapes', '{"model":"m","input":{"prompt":"\\u4f60\\u597D \\/ \\ud83d\\ude00 \\u0000"}}'],
    ['a lone surrogate, escaped', '{"model":"m","input":{"prompt":"\\ud800"}}'],
    ['raw non-ASCII', '{"model":"m","input":{"prompt":"你好 😀 \u2028"}}'],
    ['blanks and line ends', `\r\n\t{ "model" : "m",\r\n "input" : {${messages}} }\n\n`],
    ['a byte order mark', `\ufeff{"model":"m","input":{${messages}}}`],
    ['a repeated member', `{"model":"m","input":{"prompt":"a","prompt":"b"}}`],
    ['a member called __proto__', '{"model":"m","input":{"prompt":"a"},"__proto__":{"model":"n"}}'],
    ['input last, as the Python SDK sends it', `{"model":"m","parameters":{},"input":{${messages}}}`],
    ['an empty array for parameters, as PHP sends it', `{"model":"m","input":{${messages}},"parameters":[]}`],
  ])('A body with %s reaches DashScope byte for byte.', async (_, body) => {
    expect((await pass(TEXT, body)).body.toString()).toBe(body)
  })

  it('A data URL of some hundred kilobytes reaches DashScope byte for byte.', async () => {
    const image = `data:image/png;base64,${Buffer.alloc(400_000, 7).toString('base64')}`
    const body = `{"model":"m","input":{"messages":[{"role":"user","content":[{"image":"${image}"}]}]}}`
    expect((await pass(MULTIMODAL, body)).body.toString()).toBe(body)
  })
})

describe('P1 every way of sending a body', () => {
  const text = '{"model":"m","input":{"prompt":"你好 😀"}}'

  it('A chunked body that is cut inside a character arrives whole.', async () => {
    const bytes = Buffer.from(text)
    const pieces = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))
    const seen = await pass(TEXT, pieces)
    expect(seen.body.equals(bytes)).toBe(true)
    expect(seen.headers['content-length']).toBe(String(bytes.byteLength))
  })

  it('A body after Expect: 100-continue arrives whole, and the header is not forwarded.', async () => {
    const seen = await pass(TEXT, text, { expect: '100-continue' })
    expect(seen.body.toString()).toBe(text)
    expect(seen.headers).not.toHaveProperty('expect')
  })

  it.each(['application/json; charset=utf-8', 'application/json;charset=UTF-8', 'Application/JSON'])(
    'A body sent as %s arrives whole.',
    async (type) => {
      const seen = await pass(TEXT, text, { 'content-type': type })
      expect(seen.body.toString()).toBe(text)
      expect(seen.headers['content-type']).toBe(type)
    },
  )

  it('A multipart upload whose file name is not ASCII arrives whole.', async () => {
    rig.upstream.answer(json('{"id":"file-fe-1","object":"file"}'))
    const body = Buffer.from(
      '--edge\r\nContent-Disposition: form-data; name="file"; filename="中文 é.txt"\r\nContent-Type: text/plain\r\n\r\n\x00\xff\r\n' +
        '--edge\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nfile-extract\r\n--edge--\r\n',
    )
    const response = await send(rig.gateway.address, {
      method: 'POST',
      path: '/compatible-mode/v1/files',
      headers: { authorization: `Bearer ${rig.key}`, 'content-type': 'multipart/form-data; boundary=edge' },
      body,
    })
    rig.upstream.answer(json('{"output":{"text":"ok"}}'))
    expect(response.text).toBe('{"id":"file-fe-1","object":"file"}')
    expect(rig.upstream.seen.at(-1)?.body.equals(body)).toBe(true)
    expect(rig.upstream.seen.at(-1)?.headers['content-type']).toBe('multipart/form-data; boundary=edge')
  })
})

/** Makes a file the key's own: DashScope's files belong to the account, the gateway knows whose they are (P7). */
async function own(id: string): Promise<void> {
  rig.upstream.answer(json(`{"id":"${id}","object":"file"}`))
  await send(rig.gateway.address, {
    method: 'POST',
    path: '/compatible-mode/v1/files',
    headers: { authorization: `Bearer ${rig.key}`, 'content-type': 'multipart/form-data; boundary=edge' },
    body: '--edge--\r\n',
  })
  rig.upstream.answer(json('{"output":{"text":"ok"}}'))
}
