import { beforeAll, describe, expect, it } from 'vitest'
import { ask, json, until } from '../harness/caller.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'
import { settledUsage } from './usage.ts'

const IMAGES = '/compatible-mode/v1/images/generations'
const EDITS = '/compatible-mode/v1/images/edits'
const PNG = new Uint8Array([0x89, 80, 78, 71, 13, 10, 26, 10])

const rig = useOwnGateway()
let other: string
beforeAll(async () => {
  other = (await rig.gateway.issueKey()).key
})

function images(body: object, key = rig.key, headers: Record<string, string> = {}): Promise<Response> {
  return ask({ address: rig.gateway.address, key, path: IMAGES, body, headers })
}

async function lastCall(path: string) {
  const calls = await rig.gateway.calls()
  const call = calls.findLast((each) => each.path.endsWith(path))
  return { headers: call?.headers ?? {}, body: JSON.parse(call?.body || '{}') as object }
}

interface Images {
  created: number
  data: { url?: string; b64_json?: string }[]
}

describe('POST /images/generations', () => {
  it('The response has the URLs of images that a synchronous model made.', async () => {
    const response = await images({
      model: 'qwen-image-2.0',
      prompt: 'a cat',
      n: 2,
      size: '1024x1024',
      user: 'u',
    })
    expect(response.status).toBe(200)
    const body = await json<Images>(response)
    expect(body.created).toBeGreaterThan(1_700_000_000)
    expect(body.data.map(({ url }) => url)).toEqual([
      expect.stringMatching(/^http.+\.png/),
      expect.stringMatching(/^http.+\.png/),
    ])
    const { body: asked, headers } = await lastCall('/multimodal-generation/generation')
    expect(asked).toEqual({
      model: 'qwen-image-2.0',
      input: { messages: [{ role: 'user', content: [{ text: 'a cat' }] }] },
      parameters: { n: 2, size: '1024*1024' },
    })
    expect(headers.authorization).toBe(`Bearer ${rig.gateway.apiKey}`)
  })

  it('The task of an asynchronous model is awaited and belongs to its key.', async () => {
    const response = await images({ model: 'wan2.2-t2i-flash', prompt: 'a cat', n: 2 })
    expect(response.status).toBe(200)
    expect((await json<Images>(response)).data).toHaveLength(2)
    expect((await lastCall('/image-synthesis')).headers['x-dashscope-async']).toBe('enable')
  })

  it('The response can have the images themselves as base64.', async () => {
    for (const model of ['qwen-image', 'wan2.2-t2i-flash', 'kling/kling-v3-image-generation']) {
      const response = await images({ model, prompt: 'a cat', response_format: 'b64_json' })
      expect(response.status, model).toBe(200)
      const [image] = (await json<Images>(response)).data
      expect(Buffer.from(image?.b64_json ?? '', 'base64').subarray(0, 4)).toEqual(
        Buffer.from(PNG.subarray(0, 4)),
      )
    }
  })

  it.each<[object, string]>([
    [{ model: 'qwen-image', prompt: 'a', style: 'vivid' }, 'style'],
    [{ model: 'qwen-image', prompt: 'a', size: '5' }, 'size'],
    [{ model: 'qwen-plus', prompt: 'a' }, 'model'],
    [{ prompt: 'a' }, 'model'],
    [{ model: 'qwen-image' }, 'prompt'],
  ])('The body %j is refused in the shape of OpenAI’s errors, naming %s', async (body, param) => {
    const response = await images(body)
    expect(response.status).toBe(400)
    expect(await json(response)).toMatchObject({
      error: { type: 'invalid_request_error', param, message: expect.stringContaining(param) },
    })
  })

  it('An error of DashScope has the shape of OpenAI’s errors.', async () => {
    const response = await images({ model: 'qwen-image', prompt: 'a', n: 9 })
    expect(response.status).toBe(400)
    expect(await json(response)).toMatchObject({
      error: {
        type: 'invalid_request_error',
        code: 'InvalidParameter',
        message: expect.any(String),
        param: null,
      },
    })
  })

  it('An image request cannot run as a job.', async () => {
    const response = await images({ model: 'qwen-image', prompt: 'a' }, rig.key, { prefer: 'respond-async' })
    expect(response.status).toBe(400)
    expect(await json(response)).toMatchObject({ error: { message: expect.stringContaining('job') } })
  })
})

describe('the policy of a key holds as on the native endpoint', () => {
  it.each<[string, object, object, number, string | null]>([
    ['models', { models: ['wan*'] }, { model: 'qwen-image', prompt: 'a' }, 403, 'model'],
    ['endpoints', { endpoints: ['multimodal-generation'] }, { model: 'qwen-image', prompt: 'a' }, 403, null],
    ['caps.n', { caps: { n: 1 } }, { model: 'qwen-image', prompt: 'a', n: 2 }, 403, 'n'],
    [
      'caps.n, which counts the default too',
      { caps: { n: 1 } },
      { model: 'wan2.2-t2i-flash', prompt: 'a' },
      200,
      null,
    ],
    [
      'an endpoint of its own',
      { endpoints: ['images-generations'] },
      { model: 'qwen-image', prompt: 'a' },
      200,
      null,
    ],
    ['an alias', { aliases: { 'dall-e-3': 'qwen-image' } }, { model: 'dall-e-3', prompt: 'a' }, 200, null],
  ])('The policy decides by %s', async (_, fields, body, status, param) => {
    const { key } = await rig.gateway.issueKey({ ...fields })
    const response = await images(body, key)
    expect(response.status).toBe(status)
    if (status !== 200) expect(await json(response)).toMatchObject({ error: { param } })
  })

  it('Images are counted under the name of the translated endpoint.', async () => {
    const { key, id } = await rig.gateway.issueKey({ limits: { requests_per_minute: 2 } })
    expect((await images({ model: 'qwen-image', prompt: 'a', n: 2 }, key)).status).toBe(200)
    expect((await images({ model: 'wan2.2-t2i-flash', prompt: 'a', n: 3 }, key)).status).toBe(200)
    expect((await images({ model: 'qwen-image', prompt: 'a' }, key)).status).toBe(429)
    await settledUsage(rig.gateway, id, 2)
    await until('the task is counted by its result', async () => {
      const [row] = await settledUsage(rig.gateway, id, 2)
      return String(row?.endpoint) === 'images-generations' && row?.images === 5 && row.estimated === 0
    })
  })
})

describe('POST /images/edits', () => {
  async function edit(form: FormData, key = rig.key): Promise<Response> {
    const headers = { authorization: `Bearer ${key}` }
    return fetch(rig.gateway.address + EDITS, { method: 'POST', headers, body: form })
  }

  function formOf(fields: Record<string, string>): FormData {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    return form
  }

  it('Images are accepted in a form.', async () => {
    const form = formOf({ model: 'qwen-image-edit', prompt: 'blue', n: '1', response_format: 'b64_json' })
    form.append('image', new File([PNG], 'a.png'))
    const response = await edit(form)
    expect(response.status).toBe(200)
    expect((await json<Images>(response)).data[0]?.b64_json).toMatch(/^iVBOR/)
    expect((await lastCall('/multimodal-generation/generation')).body).toMatchObject({
      input: {
        messages: [
          { content: [{ image: expect.stringMatching(/^data:image\/png;base64,iVBOR/) }, { text: 'blue' }] },
        ],
      },
    })
  })

  it('URLs are accepted in JSON.', async () => {
    const body = { model: 'wan2.5-i2i-preview', prompt: 'blue', image: 'https://a.example/1.png' }
    const response = await ask({ address: rig.gateway.address, key: rig.key, path: EDITS, body })
    expect(response.status).toBe(200)
    expect((await lastCall('/image-synthesis')).body).toMatchObject({
      input: { images: ['https://a.example/1.png'] },
    })
  })

  it('Images of a form count against the caps on media.', async () => {
    const { key } = await rig.gateway.issueKey({ caps: { media_parts: 1 } })
    const form = formOf({ model: 'qwen-image-edit', prompt: 'blue' })
    for (const _ of [1, 2]) form.append('image[]', new File([PNG], 'a.png'))
    expect((await edit(form, key)).status).toBe(403)
  })

  it('An upload of another key is not found.', async () => {
    const policy = await fetch(
      `${rig.gateway.address}/api/v1/uploads?action=getPolicy&model=qwen-image-edit`,
      {
        headers: { authorization: `Bearer ${rig.key}` },
      },
    )
    const { data } = await json<{ data: { upload_dir: string } }>(policy)
    const body = { model: 'qwen-image-edit', prompt: 'blue', image: `oss://${data.upload_dir}/a.png` }
    const asked = { address: rig.gateway.address, path: EDITS, body }
    expect((await ask({ ...asked, key: rig.key })).status).toBe(200)
    expect((await ask({ ...asked, key: other })).status).toBe(404)
  })

  it('A form that is not complete is refused.', async () => {
    const headers = { authorization: `Bearer ${rig.key}`, 'content-type': 'multipart/form-data; boundary=b' }
    const body = '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nqwen-image-edit'
    const response = await fetch(rig.gateway.address + EDITS, { method: 'POST', headers, body })
    expect(response.status).toBe(400)
  })
})
