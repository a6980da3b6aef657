import { beforeAll, describe, expect, it } from 'vitest'
import { safeName } from '../../src/translate/upload.ts'
import { ask, CHAT, json } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { json as respondJson } from '../harness/plain-upstream.ts'
import { useGateway, useOwnGateway } from '../harness/use-gateway.ts'
import { mintToken } from '../meter/over-http/rig.ts'

const FORM = { 'content-type': 'multipart/form-data; boundary=b' }
const PNG = new Uint8Array([0x89, 80, 78, 71, 13, 10, 26, 10])

function formOf(fields: Record<string, string | File>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}

const picture = () => formOf({ model: 'qwen-vl-plus', file: new File([PNG], 'a.png', { type: 'image/png' }) })

describe('POST /edge/uploads', () => {
  const rig = useOwnGateway()
  let other: string
  beforeAll(async () => {
    other = (await rig.gateway.issueKey()).key
  })

  function upload(
    form: FormData | string,
    key = rig.key,
    more: Record<string, string> = {},
  ): Promise<Response> {
    const headers = { authorization: `Bearer ${key}`, ...more }
    return fetch(`${rig.gateway.address}/edge/uploads`, { method: 'POST', headers, body: form })
  }

  function look(key: string, url: string): Promise<Response> {
    const content = [
      { type: 'image_url', image_url: { url } },
      { type: 'text', text: 'What is it?' },
    ]
    const body = { model: 'qwen-vl-plus', messages: [{ role: 'user', content }] }
    return ask({ address: rig.gateway.address, key, path: CHAT, body })
  }

  it('Requests of the same key find the uploaded file without a header of their own.', async () => {
    const response = await upload(picture())
    expect(response.status).toBe(201)
    const { url, expires_at } = await json<{ url: string; expires_at: string }>(response)
    expect(url).toMatch(/^oss:\/\/dashscope-instant\/.+\/a\.png$/)
    expect(Date.parse(expires_at) - Date.now()).toBeGreaterThan(47 * 3_600_000)
    expect((await look(rig.key, url)).status).toBe(200)
    expect((await look(other, url)).status).toBe(404)
    const call = (await rig.gateway.calls()).findLast(({ path }) => path === CHAT)
    expect(call?.headers['x-dashscope-ossresourceresolve']).toBe('enable')
  })

  it.each<[string, object, FormData, number]>([
    ['the model', { models: ['wan*'] }, picture(), 403],
    ['the endpoint', { endpoints: ['chat-completions'] }, picture(), 403],
    ['the size', { caps: { upload_bytes: 7 } }, picture(), 403],
    ['the type', { caps: { upload_types: ['audio/*', 'image/jpeg'] } }, picture(), 403],
    ['nothing', { caps: { upload_types: ['image/*'], upload_bytes: 8 } }, picture(), 201],
    [
      'an alias',
      { aliases: { eyes: 'qwen-vl-plus' }, models: ['qwen-vl-*'] },
      formOf({ model: 'eyes', file: new File([PNG], 'a') }),
      201,
    ],
  ])('The policy of the key refuses an upload: %s', async (_, fields, form, status) => {
    const { key } = await rig.gateway.issueKey({ ...fields })
    expect((await upload(form, key)).status).toBe(status)
  })

  it('A session token may restrict uploads further, and one that would restrict less is refused.', async () => {
    const { key } = await rig.gateway.issueKey({ caps: { upload_bytes: 100, upload_types: ['image/*'] } })
    const token = await mintToken(rig.gateway, key, { caps: { upload_types: ['image/jpeg'] } })
    expect((await upload(picture(), token)).status).toBe(403)
    expect((await upload(picture(), await mintToken(rig.gateway, key, {}))).status).toBe(201)
    await expect(mintToken(rig.gateway, key, { caps: { upload_types: ['audio/*'] } })).rejects.toThrow(
      /upload_types/,
    )
    await expect(mintToken(rig.gateway, key, { caps: { upload_bytes: 101 } })).rejects.toThrow(/upload_bytes/)
  })

  it('A key with restricted uploads gets no upload policy of DashScope.', async () => {
    const { key } = await rig.gateway.issueKey({ caps: { upload_bytes: 100 } })
    const policy = (each: string) =>
      fetch(`${rig.gateway.address}/api/v1/uploads?action=getPolicy&model=qwen-vl-plus`, {
        headers: { authorization: `Bearer ${each}` },
      })
    expect((await policy(rig.key)).status).toBe(200)
    const refused = await policy(key)
    expect(refused.status).toBe(403)
    expect(await json(refused)).toMatchObject({ message: expect.stringContaining('/edge/uploads') })
  })

  it.each<[string, FormData, string]>([
    ['no file', formOf({ model: 'qwen-vl-plus' }), 'file'],
    ['no model', formOf({ file: new File([PNG], 'a.png') }), 'model'],
    ['an empty file', formOf({ model: 'qwen-vl-plus', file: new File([], 'a.png') }), 'file'],
    ['a file under another name', formOf({ model: 'qwen-vl-plus', image: new File([PNG], 'a.png') }), 'file'],
    ['another field', formOf({ model: 'qwen-vl-plus', key: 'x', file: new File([PNG], 'a.png') }), 'key'],
  ])('An upload is refused with %s', async (_, form, param) => {
    const response = await upload(form)
    expect(response.status).toBe(400)
    expect(await json(response)).toMatchObject({ message: expect.stringMatching(new RegExp(`^${param}: `)) })
  })

  it('Only forms of clients are accepted.', async () => {
    expect((await upload('{}', rig.key, { 'content-type': 'application/json' })).status).toBe(415)
    expect((await upload('x', ADMIN_TOKEN, FORM)).status).toBe(403)
    expect((await fetch(`${rig.gateway.address}/edge/uploads`, { method: 'POST' })).status).toBe(401)
  })
})

describe('the destination of an upload', () => {
  const rig = useGateway()

  function policy(host: string): string {
    const data = {
      upload_host: host,
      upload_dir: 'dashscope-instant/x/y',
      oss_access_key_id: 'id',
      signature: 's',
      policy: 'p',
      x_oss_object_acl: 'private',
      x_oss_forbid_overwrite: 'true',
    }
    return JSON.stringify({ data, request_id: 'r' })
  }

  function upload(): Promise<Response> {
    const headers = { authorization: `Bearer ${rig.key}` }
    return fetch(`${rig.gateway.address}/edge/uploads`, { method: 'POST', headers, body: picture() })
  }

  it('The form has no credential, and the file is last.', async () => {
    rig.upstream.answer((response, seen) =>
      seen.method === 'POST'
        ? void response.writeHead(200).end()
        : respondJson(policy(`${rig.upstream.address}/oss`))(response, seen),
    )
    expect((await upload()).status).toBe(201)
    const { headers = {}, body = Buffer.alloc(0) } =
      rig.upstream.seen.find(({ target }) => target === '/oss') ?? {}
    expect(JSON.stringify(headers)).not.toMatch(/authorization|Bearer|sk-|dse_/i)
    const names = [...body.toString('latin1').matchAll(/; name="([^"]+)"/g)].map(([, name]) => name)
    expect(names.at(-1)).toBe('file')
    expect(names).toContain('Signature')
  })

  it.each([
    ['another host', 'http://localhost:1/oss', 200, 502],
    [
      'a host that only begins like one',
      'https://dashscope-file.oss-cn-beijing.aliyuncs.com.evil.example',
      200,
      502,
    ],
    ['no host', '', 200, 502],
    ['a redirect', undefined, 302, 502],
    ['a refusal', undefined, 403, 502],
  ])('Nothing is sent to %s', async (_, host, stored, status) => {
    rig.upstream.answer((response, seen) =>
      seen.method === 'POST'
        ? void response.writeHead(stored, { location: '/secret' }).end('<Error/>')
        : respondJson(policy(host ?? `${rig.upstream.address}/oss`))(response, seen),
    )
    expect((await upload()).status).toBe(status)
    expect(rig.upstream.seen.map(({ target }) => target)).not.toContain('/secret')
  })
})

it.each([
  ['a.png', 'a.png'],
  ['../../etc/passwd', '_.._etc_passwd'],
  ['猫 的.PNG', '_.PNG'],
  ['', 'file'],
  ['...', 'file'],
  [`${'x'.repeat(200)}.wav`, `${'x'.repeat(76)}.wav`],
  ['a"\r\nb.png', 'a_b.png'],
])('The file name %j becomes %j', (name, expected) => expect(safeName(name)).toBe(expected))
