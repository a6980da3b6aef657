import { beforeAll, describe, expect, it } from 'vitest'
import { json, MESSAGES, messagesBody, nativeBody, TEXT, until } from '../harness/caller.ts'
import { useJobs } from '../jobs/rig.ts'
import { isEvent, isTaskEvent, openSocket, runSynthesis } from '../realtime/socket.ts'

const V1 = '/compatible-mode/v1'
const rig = useJobs(
  {},
  {
    hooks: true,
    models: [
      'qwen-plus',
      'qwen-image',
      'qwen3-tts-flash',
      'qwen3-asr-flash',
      'text-embedding-v4',
      'cosyvoice-*',
    ],
    aliases: {
      'gpt-4o': 'qwen-plus',
      'dall-e-3': 'qwen-image',
      'tts-1': 'qwen3-tts-flash',
      'whisper-1': 'qwen3-asr-flash',
      ada: 'text-embedding-v4',
      voice: 'cosyvoice-v3-flash',
    },
  },
)

/** The model of the newest request at an endpoint in the key's request log. */
async function loggedModel(endpoint: string): Promise<unknown> {
  let model: unknown
  await until(`${endpoint} is in the log`, async () => {
    const response = await rig.ask('GET', '/edge/requests')
    const { rows } = await json<{ rows: Record<string, unknown>[] }>(response)
    model = rows.find((row) => row.endpoint === endpoint)?.model
    return model !== undefined
  })
  return model
}

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new File([new Uint8Array([82, 73, 70, 70])], 'hello.wav', { type: 'audio/wav' }))
  return form
}

describe('an alias', () => {
  it.each<[string, string, object, string]>([
    ['text-generation', TEXT, nativeBody('gpt-4o', 'native'), 'qwen-plus'],
    ['anthropic-messages', MESSAGES, messagesBody('gpt-4o', 'anthropic'), 'qwen-plus'],
    ['responses', `${V1}/responses`, { model: 'gpt-4o', input: 'responses' }, 'qwen-plus'],
    ['compatible-embeddings', `${V1}/embeddings`, { model: 'ada', input: 'words' }, 'text-embedding-v4'],
    ['images-generations', `${V1}/images/generations`, { model: 'dall-e-3', prompt: 'a cat' }, 'qwen-image'],
    [
      'audio-speech',
      `${V1}/audio/speech`,
      { model: 'tts-1', voice: 'Cherry', input: 'Hello' },
      'qwen3-tts-flash',
    ],
  ])('At %s the response and the log name the model.', async (endpoint, path, body, model) => {
    const response = await rig.ask('POST', path, body)
    expect([response.status, response.headers.get('x-edge-model')]).toEqual([200, model])
    await response.arrayBuffer()
    expect(await loggedModel(endpoint)).toBe(model)
  })

  it('In a form of a transcription the response and the log name the model.', async () => {
    const response = await fetch(`${rig.gateway.address}${V1}/audio/transcriptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rig.key}` },
      body: formOf({ model: 'whisper-1' }),
    })
    expect([response.status, response.headers.get('x-edge-model')]).toEqual([200, 'qwen3-asr-flash'])
    await response.text()
    expect(await loggedModel('audio-transcriptions')).toBe('qwen3-asr-flash')
  })

  it('A lookup that asks no model names none.', async () => {
    const response = await rig.ask('GET', `${V1}/models`)
    expect([response.status, response.headers.get('x-edge-model')]).toEqual([200, null])
  })

  it('In a preset the response names the model.', async () => {
    const made = await rig.ask('POST', '/edge/presets', { name: 'p', model: 'gpt-4o', user: '{{word}}' })
    const { id } = await json<{ id: string }>(made)
    const run = await rig.ask('POST', `/edge/presets/${id}/run`, { variables: { word: 'hello' } })
    expect([run.status, run.headers.get('x-edge-model')]).toEqual([200, 'qwen-plus'])
  })

  it('A job runs with the model, whichever way it was made.', async () => {
    const frame = { request: { path: MESSAGES, body: messagesBody('gpt-4o', 'job') } }
    const asked = [
      await rig.ask('POST', MESSAGES, messagesBody('gpt-4o', 'job'), { prefer: 'respond-async' }),
      await rig.ask('POST', '/edge/jobs', frame),
    ]
    for (const response of asked) {
      expect([response.status, response.headers.get('x-edge-model')]).toEqual([202, 'qwen-plus'])
      const job = await rig.ended((await json<{ id: string }>(response)).id)
      expect([job.status, job.model]).toEqual(['succeeded', 'qwen-plus'])
    }
    const models = (await rig.gateway.calls()).map(({ body }) => JSON.parse(body || '{}').model)
    expect(models).not.toContain('gpt-4o')
  })
})

describe('an alias on a WebSocket', () => {
  let omni: string
  beforeAll(async () => {
    const aliases = { rt: 'qwen3-omni-flash-realtime', 'tts-1': 'cosyvoice-v3-flash' }
    omni = (await rig.gateway.issueKey({ models: ['qwen3-omni-*', 'cosyvoice-*'], aliases })).key
  })
  const connect = (path: string) =>
    openSocket(rig.gateway.address + path, { headers: { authorization: `Bearer ${omni}` } })

  it('A model in the address is used as it is written, and an alias in a session.update stands for it.', async () => {
    const refused = await connect('/api-ws/v1/realtime?model=rt')
    expect(await refused.until(isEvent('error'))).toMatchObject({ error: { code: 'Model.AccessDenied' } })
    const socket = await connect('/api-ws/v1/realtime?model=qwen3-omni-flash-realtime')
    await socket.until(isEvent('session.created'))
    socket.send({ type: 'session.update', session: { model: 'rt', voice: 'Cherry' } })
    await socket.until(isEvent('session.updated'))
    socket.send({ type: 'session.update', session: { model: 'tts-1' } })
    expect(await socket.until(isEvent('error'))).toMatchObject({ error: { param: 'session.model' } })
    socket.close()
  })

  it('A task is asked of the model.', async () => {
    const socket = await connect('/api-ws/v1/inference')
    socket.send(runSynthesis('t1', 'tts-1'))
    await socket.until(isTaskEvent('task-started'))
    socket.close()
  })
})
