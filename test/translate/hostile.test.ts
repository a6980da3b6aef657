import { describe, expect, it } from 'vitest'
import { ask, json } from '../harness/caller.ts'
import { events, type Respond, json as respondJson } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { mintToken } from '../meter/over-http/rig.ts'

const V1 = '/compatible-mode/v1'
const SPEECH = { model: 'qwen3-tts-flash', voice: 'Cherry', input: 'Hello' }

const rig = useGateway()

function post(path: string, body: unknown, key = rig.key): Promise<Response> {
  return ask({ address: rig.gateway.address, key, path: V1 + path, body })
}

function form(path: string, body: string): Promise<Response> {
  const headers = { authorization: `Bearer ${rig.key}`, 'content-type': 'multipart/form-data; boundary=b' }
  return fetch(rig.gateway.address + V1 + path, { method: 'POST', headers, body })
}

const field = (name: string, value: string, more = '') =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`

function sound(url: string): string {
  return JSON.stringify({
    output: { finish_reason: 'stop', audio: { data: '', url } },
    usage: { characters: 5 },
  })
}

describe('a sound or a video that is not fetched', () => {
  it.each([
    'http://169.254.169.254/latest/meta-data',
    'http://localhost:1/a.wav',
    'https://evil.example/dashscope-result-bj.oss-cn-beijing.aliyuncs.com/a.wav',
    'file:///etc/passwd',
    'nonsense',
  ])('Nothing is fetched from %s', async (url) => {
    rig.upstream.answer(respondJson(sound(url)))
    const response = await post('/audio/speech', SPEECH)
    expect(response.status).toBe(502)
    expect(await response.text()).not.toContain(url)
  })

  it('Nothing is fetched through a redirect.', async () => {
    rig.upstream.seen.splice(0)
    rig.upstream.answer((response, seen) => {
      if (seen.method === 'POST') return respondJson(sound(`${rig.upstream.address}/a.wav`))(response, seen)
      response.writeHead(307, { location: '/secret' }).end()
    })
    expect((await post('/audio/speech', SPEECH)).status).toBe(502)
    expect(rig.upstream.seen.map(({ target }) => target)).not.toContain('/secret')
  })

  it('Nothing is served with a type that the file host chooses.', async () => {
    rig.upstream.answer((response, seen) => {
      if (seen.method === 'POST') return respondJson(sound(`${rig.upstream.address}/a.wav`))(response, seen)
      response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'a=b' }).end('<script>')
    })
    const response = await post('/audio/speech', SPEECH)
    expect(response.headers.get('content-type')).toBe('audio/wav')
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  it('A file that breaks off does not look complete.', async () => {
    rig.upstream.answer((response, seen) => {
      if (seen.method === 'POST') return respondJson(sound(`${rig.upstream.address}/a.wav`))(response, seen)
      response.writeHead(200, { 'content-length': '1000' }).write('half')
      setTimeout(() => response.destroy(), 50)
    })
    const response = await post('/audio/speech', SPEECH)
    await expect(response.arrayBuffer()).rejects.toThrow()
  })
})

describe('A stream of speech that breaks does not look complete', () => {
  const frame = (output: object) => `data:${JSON.stringify({ output, usage: { characters: 5 } })}\n\n`
  const half = frame({ finish_reason: 'null', audio: { data: Buffer.from('half').toString('base64') } })
  const failed = 'event:error\ndata:{"code":"InternalError","message":"no more"}\n\n'

  it.each<[string, Respond]>([
    ['it ends early', events([half])],
    ['it ends with an error', events([half, failed])],
  ])('The stream does not look complete if %s', async (_, respond) => {
    rig.upstream.answer(respond)
    const bare = await post('/audio/speech', { ...SPEECH, stream_format: 'audio' })
    await expect(bare.arrayBuffer()).rejects.toThrow()
    const text = await (await post('/audio/speech', { ...SPEECH, stream_format: 'sse' })).text()
    expect(text).toContain('"error"')
    expect(text).not.toContain('speech.audio.done')
  })
})

describe('a form that two parsers could read differently', () => {
  const file = field('file', 'RIFF', '; filename="a.wav"')
  it.each([
    ['a model twice', `${field('model', 'qwen3-asr-flash')}${field('model', 'fun-asr')}${file}--b--\r\n`],
    ['a file twice', `${field('model', 'qwen3-asr-flash')}${file}${file}--b--\r\n`],
    ['a file without a name', `${field('model', 'qwen3-asr-flash')}${field('file', 'RIFF')}--b--\r\n`],
    ['a list of models', `${field('model[]', 'qwen3-asr-flash')}${file}--b--\r\n`],
    ['a name twice', `${field('model', 'qwen3-asr-flash', '; name="file"')}${file}--b--\r\n`],
    ['text after its end', `${field('model', 'qwen3-asr-flash')}${file}--b--\r\n${file}--b--`],
    ['no end', `${field('model', 'qwen3-asr-flash')}${file}`],
  ])('A form with %s is refused.', async (_, body) => {
    const before = rig.upstream.seen.length
    expect((await form('/audio/transcriptions', body)).status).toBe(400)
    expect(rig.upstream.seen.length).toBe(before)
  })
})

describe('a video that is not finished', () => {
  it.each([
    ['GET', '/content', 'PENDING'],
    ['GET', '/content', 'RUNNING'],
    ['DELETE', '', 'RUNNING'],
  ])('%s %s gets 409 while its task is %s', async (method, path, state) => {
    rig.upstream.answer(respondJson('{"output":{"task_id":"task-7","task_status":"PENDING"}}'))
    const { id } = await json<{ id: string }>(await post('/videos', { model: 'wan2.6-t2v', prompt: 'a' }))
    rig.upstream.answer(respondJson(JSON.stringify({ output: { task_id: 'task-7', task_status: state } })))
    const headers = { authorization: `Bearer ${rig.key}` }
    const response = await fetch(`${rig.gateway.address}${V1}/videos/${id}${path}`, { method, headers })
    expect(response.status).toBe(409)
    expect(await json(response)).toMatchObject({
      error: { code: 'conflict', message: expect.stringContaining(state) },
    })
  })
})

describe('the restrictions of a key', () => {
  const made = respondJson(
    JSON.stringify({ output: { choices: [{ message: { content: [{ image: 'https://a/1' }] } }] } }),
  )

  it('A session token fixes the model, even if the request names none.', async () => {
    rig.upstream.answer(made)
    const { key } = await rig.gateway.issueKey()
    const token = await mintToken(rig.gateway, key, {
      frozen: { model: 'qwen-image', parameters: { size: '512*512' } },
    })
    const response = await post('/images/generations', { prompt: 'a' }, token)
    expect(response.status).toBe(200)
    expect(JSON.parse(rig.upstream.seen.at(-1)?.body.toString() ?? '')).toMatchObject({
      model: 'qwen-image',
      parameters: { n: 1, size: '512*512' },
    })
    expect((await post('/images/generations', { model: 'z-image-turbo', prompt: 'a' }, token)).status).toBe(
      403,
    )
    const other = await post('/images/generations', { prompt: 'a', size: '1024x1024' }, token)
    expect(other.status).toBe(403)
    expect(await json(other)).toMatchObject({ error: { param: 'size' } })
  })

  it('A session token that fixes a system message is refused: an image or speech takes none.', async () => {
    const { key } = await rig.gateway.issueKey()
    const token = await mintToken(rig.gateway, key, { frozen: { system: 'You are a pirate.' } })
    const before = rig.upstream.seen.length
    for (const [path, body] of [
      ['/images/generations', { model: 'qwen-image', prompt: 'a' }],
      ['/audio/speech', { model: 'qwen3-tts-flash', input: 'a', voice: 'Cherry' }],
    ] as const) {
      const response = await post(path, body, token)
      expect(response.status).toBe(403)
      expect(await response.text()).toContain('this endpoint has no system messages')
    }
    expect(rig.upstream.seen).toHaveLength(before)
  })

  it('Caps on lengths and thinking do not require options that the endpoint lacks.', async () => {
    rig.upstream.answer(made)
    const { key } = await rig.gateway.issueKey({ caps: { max_tokens: 100, thinking_budget: 100, n: 1 } })
    expect((await post('/images/generations', { model: 'qwen-image', prompt: 'a' }, key)).status).toBe(200)
    rig.upstream.answer(respondJson('{"output":{"task_id":"task-9","task_status":"PENDING"}}'))
    expect((await post('/videos', { model: 'wan2.6-t2v', prompt: 'a' }, key)).status).toBe(200)
  })

  it('A translated endpoint does not run as a hook, a preset or a job.', async () => {
    const job = {
      path: `${V1}/images/generations`,
      method: 'POST',
      body: { model: 'qwen-image', prompt: 'a' },
    }
    const response = await fetch(`${rig.gateway.address}/edge/jobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rig.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(job),
    })
    expect(response.status).toBe(400)
  })

  it('Half price is not available for translated endpoints.', async () => {
    const response = await ask({
      address: rig.gateway.address,
      key: rig.key,
      path: `${V1}/images/generations`,
      body: { model: 'qwen-image', prompt: 'a' },
      headers: { 'x-edge-batch': 'chat' },
    })
    expect(response.status).toBe(400)
  })
})
