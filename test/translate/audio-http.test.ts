import { beforeAll, describe, expect, it } from 'vitest'
import { ask, json, until } from '../harness/caller.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'
import { settledUsage } from './usage.ts'

const SPEECH = '/compatible-mode/v1/audio/speech'
const TRANSCRIPTIONS = '/compatible-mode/v1/audio/transcriptions'

const rig = useOwnGateway()
let metered: { id: string; key: string }
beforeAll(async () => {
  metered = await rig.gateway.issueKey({ limits: { money_per_day: 1000 } })
})

function speak(body: object, key = rig.key): Promise<Response> {
  return ask({ address: rig.gateway.address, key, path: SPEECH, body })
}

function transcribe(fields: Record<string, string>, key = rig.key): Promise<Response> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new File([new Uint8Array([82, 73, 70, 70])], 'hello.wav', { type: 'audio/wav' }))
  const headers = { authorization: `Bearer ${key}` }
  return fetch(rig.gateway.address + TRANSCRIPTIONS, { method: 'POST', headers, body: form })
}

function eventsIn(text: string): Record<string, unknown>[] {
  return text
    .split('\n\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)))
}

describe('POST /audio/speech', () => {
  it('The response is the file that DashScope made.', async () => {
    const response = await speak({ model: 'qwen3-tts-flash', voice: 'Cherry', input: 'Hello' })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'audio/wav'])
    expect(new TextDecoder().decode((await response.arrayBuffer()).slice(0, 4))).toBe('RIFF')
  })

  it.each([
    ['mp3', 'audio/mpeg'],
    ['opus', 'audio/opus'],
    ['wav', 'audio/wav'],
  ])('The format %s has the type %s', async (response_format, type) => {
    const response = await speak({
      model: 'cosyvoice-v3-flash',
      voice: 'longanyang',
      input: 'Hello',
      response_format,
    })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type])
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(0)
  })

  it('The sound is sent while it is made.', async () => {
    const body = {
      model: 'cosyvoice-v3-flash',
      voice: 'longanyang',
      input: 'Hello world',
      stream_format: 'audio',
    }
    const response = await speak(body)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'audio/mpeg'])
    expect(await response.text()).toBe('Hello world')
  })

  it('A model with samples in its stream alone gets its samples sent.', async () => {
    const response = await speak({
      model: 'qwen3-tts-flash',
      voice: 'Cherry',
      input: 'Hi',
      response_format: 'pcm',
    })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'audio/pcm'])
    expect(new TextDecoder('utf-16le').decode(await response.arrayBuffer())).toBe('Hi')
  })

  it('Events of OpenAI are sent.', async () => {
    const response = await speak({
      model: 'qwen-tts',
      voice: 'Cherry',
      input: 'Hi there',
      stream_format: 'sse',
    })
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const events = eventsIn(await response.text())
    const sound = events.flatMap(({ audio }) =>
      typeof audio === 'string' ? [Buffer.from(audio, 'base64')] : [],
    )
    expect(Buffer.concat(sound).toString('utf16le')).toBe('Hi there')
    expect(events.at(-1)).toEqual({
      type: 'speech.audio.done',
      usage: {
        input_tokens: expect.any(Number),
        output_tokens: expect.any(Number),
        total_tokens: expect.any(Number),
      },
    })
  })

  it('The stream ends with an error event if the stream of DashScope breaks.', async () => {
    const body = {
      model: 'qwen3-tts-flash',
      voice: 'Cherry',
      input: 'Hello there, my friend',
      stream_format: 'sse',
    }
    const response = await ask({
      address: rig.gateway.address,
      key: rig.key,
      path: SPEECH,
      body: { ...body, voice: 'invalid' },
    })
    expect(response.status).toBe(400)
    expect(await json(response)).toMatchObject({ error: { code: 'InvalidParameter' } })
  })

  it('Characters are counted under the name of the endpoint.', async () => {
    await (
      await speak({ model: 'qwen3-tts-flash', voice: 'Cherry', input: 'Hello' }, metered.key)
    ).arrayBuffer()
    const streamed = { model: 'cosyvoice-v3-flash', voice: 'x', input: 'Hello', stream_format: 'audio' }
    await (await speak(streamed, metered.key)).arrayBuffer()
    const rows = await settledUsage(rig.gateway, metered.id, 2)
    expect(rows).toEqual([expect.objectContaining({ endpoint: 'audio-speech', requests: 2, characters: 10 })])
  })
})

describe('POST /audio/transcriptions', () => {
  it.each(['qwen3-asr-flash', 'fun-asr', 'paraformer-v2', 'qwen3-asr-flash-filetrans'])(
    'The transcript of %s comes as JSON.',
    async (model) => {
      const response = await transcribe({ model })
      expect(response.status).toBe(200)
      expect(await json(response)).toEqual({
        text: 'Hello world.',
        usage: { type: 'duration', seconds: expect.any(Number) },
      })
    },
  )

  it('The recording of a task is uploaded to a directory of the account.', async () => {
    expect((await transcribe({ model: 'fun-asr', language: 'en' })).status).toBe(200)
    const call = (await rig.gateway.calls()).findLast(({ path }) => path.endsWith('/transcription'))
    expect(call?.headers['x-dashscope-ossresourceresolve']).toBe('enable')
    expect(JSON.parse(call?.body ?? '{}')).toEqual({
      model: 'fun-asr',
      input: { file_urls: [expect.stringMatching(/^oss:\/\/dashscope-instant\/.+\/hello\.wav$/)] },
      parameters: { channel_id: [0], language_hints: ['en'] },
    })
  })

  it.each([
    ['text', 'text/plain; charset=utf-8', 'Hello world.\n'],
    ['srt', 'text/plain; charset=utf-8', '1\n00:00:00,100 --> 00:00:03,820\nHello world.\n'],
    ['vtt', 'text/vtt; charset=utf-8', 'WEBVTT\n\n00:00:00.100 --> 00:00:03.820\nHello world.\n'],
  ])('The transcript comes in the format %s', async (response_format, type, text) => {
    const response = await transcribe({ model: 'fun-asr', response_format })
    expect([response.headers.get('content-type'), await response.text()]).toEqual([type, text])
  })

  it('Verbose JSON has what the model knows.', async () => {
    const short = await transcribe({
      model: 'qwen3-asr-flash',
      response_format: 'verbose_json',
      language: 'en',
      prompt: 'Qwen: ',
    })
    expect(await json(short)).toEqual({
      task: 'transcribe',
      language: 'en',
      duration: 4,
      text: 'Qwen: Hello world.',
      usage: { type: 'duration', seconds: 4 },
    })
    const fields = { model: 'fun-asr', response_format: 'verbose_json', 'timestamp_granularities[]': 'word' }
    const timed = await json(await transcribe(fields))
    expect(timed).toMatchObject({
      duration: 3.834,
      words: [{ word: 'Hello', start: 0.1, end: 0.596 }, { word: 'world' }],
    })
    expect(timed.segments).toBeUndefined()
  })

  it('Events of OpenAI are streamed.', async () => {
    const events = eventsIn(await (await transcribe({ model: 'qwen3-asr-flash', stream: 'true' })).text())
    expect(events.map(({ delta }) => delta ?? '').join('')).toBe('Hello world.')
    expect(events.at(-1)).toEqual({
      type: 'transcript.text.done',
      text: 'Hello world.',
      usage: { type: 'duration', seconds: 4 },
    })
  })

  it('Seconds are counted, and uploads are limited by the caps of the key.', async () => {
    const { key, id } = await rig.gateway.issueKey({ caps: { upload_types: ['image/*'] } })
    expect((await transcribe({ model: 'qwen3-asr-flash' }, key)).status).toBe(200)
    const refused = await transcribe({ model: 'fun-asr' }, key)
    expect(refused.status).toBe(403)
    expect(await json(refused)).toMatchObject({ error: { param: 'file' } })
    await until('the seconds are counted', async () => {
      const rows = await settledUsage(rig.gateway, id, 1)
      return rows.some(
        ({ endpoint, seconds }) => String(endpoint) === 'audio-transcriptions' && seconds === 4,
      )
    })
  })
})
