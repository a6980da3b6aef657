import { beforeAll, describe, expect, it } from 'vitest'
import { OWNED_KINDS, type OwnedKind } from '../../src/dashscope/ownable.ts'
import { CHAT, json } from '../harness/caller.ts'
import { useTenants } from './tenants.ts'

const rig = useTenants()

/** How a test makes one thing of a kind, and the request that names it. */
interface KindCase {
  /** Makes one with a key; returns its id. Absent: the key is given it by the operator. */
  make?: (key: string) => Promise<string>
  /** An id of the same form that nothing has. */
  unknown: string
  use: (key: string, id: string) => Promise<Response>
  /** Not even its owner may name one. */
  isOwnerless?: true
}

function post(key: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  return rig.as(key, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  })
}

const MESSAGES = [{ role: 'user', content: 'hello' }]
const BATCHES = '/compatible-mode/v1/batches'
const FILES = '/compatible-mode/v1/files'
const VIDEOS = '/compatible-mode/v1/videos'
const RESPONSES = '/compatible-mode/v1/responses'
const CONVERSATIONS = '/compatible-mode/v1/conversations'
const APP = '/api/v1/apps/app-1/completion'
const IMAGE = '/api/v1/services/aigc/text2image/image-synthesis'

/** The response to an upload of a native file. */
interface NativeFiles {
  data: { uploaded_files: { file_id: string }[] }
}

/** A voice or a vocabulary: an id that no key made may be DashScope's own, so only its customization refuses it. */
function customized(path: string, model: string, member: string, noun: string): KindCase {
  const send = (key: string, input: object) => post(key, path, { model, input })
  return {
    make: async (key) => {
      const input = { action: `create${noun}`, target_model: 'cosyvoice-v3-flash', prefix: 'p' }
      const made = await send(key, input)
      return (await json<{ output: Record<string, string> }>(made)).output[member] ?? ''
    },
    unknown: 'p-unknown',
    use: (key, id) => send(key, { action: `query${noun}`, [member]: id }),
  }
}

const CASES: Record<OwnedKind, KindCase> = {
  task: {
    make: async (key) => {
      const body = { model: 'wan2.2-t2i-flash', input: { prompt: 'a cat' }, parameters: { n: 1 } }
      const made = await post(key, IMAGE, body, { 'x-dashscope-async': 'enable' })
      return (await json<{ output: { task_id: string } }>(made)).output.task_id
    },
    unknown: '00000000-0000-4000-8000-000000000000',
    use: (key, id) => rig.as(key, `/api/v1/tasks/${id}`),
  },
  file: {
    make: async (key) => {
      const form = new FormData()
      form.set('purpose', 'file-extract')
      form.set('file', new Blob(['private']), 'private.txt')
      return (await json<{ id: string }>(await rig.as(key, FILES, { method: 'POST', body: form }))).id
    },
    unknown: 'file-fe-unknown',
    use: (key, id) =>
      post(key, CHAT, {
        model: 'qwen-long',
        messages: [
          { role: 'system', content: `fileid://${id}` },
          { role: 'user', content: 'What is it?' },
        ],
      }),
  },
  'native-file': {
    make: async (key) => {
      const form = new FormData()
      form.set('files', new Blob(['{}']), 'private.jsonl')
      const made = await rig.as(key, '/api/v1/files', { method: 'POST', body: form })
      return (await json<NativeFiles>(made)).data.uploaded_files[0]?.file_id ?? ''
    },
    unknown: '00000000-0000-4000-8000-000000000000',
    use: (key, id) => rig.as(key, `/api/v1/files/${id}`),
  },
  video: {
    make: async (key) => {
      const made = await post(key, VIDEOS, { model: 'wan2.6-t2v', prompt: 'a cat' })
      return (await json<{ id: string }>(made)).id
    },
    unknown: '00000000-0000-4000-8000-000000000000_5_auto_wan2.6-t2v',
    use: (key, id) => rig.as(key, `${VIDEOS}/${id}`),
  },
  upload: {
    make: async (key) => {
      const policy = await rig.as(key, '/api/v1/uploads?action=getPolicy&model=qwen-vl-plus')
      return `${(await json<{ data: { upload_dir: string } }>(policy)).data.upload_dir}/cat.png`
    },
    unknown: 'dashscope-instant/unknown/2026-11-28/unknown/cat.png',
    use: (key, id) => {
      const content = [{ type: 'image_url', image_url: { url: `oss://${id}` } }]
      const body = { model: 'qwen-vl-plus', messages: [{ role: 'user', content }] }
      return post(key, CHAT, body, { 'x-dashscope-ossresourceresolve': 'enable' })
    },
  },
  response: {
    make: async (key) => {
      const made = await post(key, RESPONSES, { model: 'qwen-plus', input: 'hello' })
      return (await json<{ id: string }>(made)).id
    },
    unknown: 'resp_unknown',
    use: (key, id) => post(key, RESPONSES, { model: 'qwen-plus', input: 'more', previous_response_id: id }),
  },
  conversation: {
    make: async (key) => (await json<{ id: string }>(await post(key, CONVERSATIONS, {}))).id,
    unknown: 'conv_unknown',
    use: (key, id) => post(key, RESPONSES, { model: 'qwen-plus', input: 'more', conversation: { id } }),
  },
  item: {
    make: async (key) => {
      const made = await post(key, RESPONSES, { model: 'qwen-plus', input: 'hello' })
      return (await json<{ output: { id: string }[] }>(made)).output[0]?.id ?? ''
    },
    unknown: 'msg_unknown',
    use: (key, id) => {
      const question = { role: 'user', content: 'What did I ask?' }
      return post(key, RESPONSES, { model: 'qwen-plus', input: [{ type: 'item_reference', id }, question] })
    },
    isOwnerless: true,
  },
  session: {
    make: async (key) => {
      const made = await post(key, APP, { input: { prompt: 'hello' }, parameters: {} })
      return (await json<{ output: { session_id: string } }>(made)).output.session_id
    },
    unknown: '0123456789abcdef0123456789abcdef',
    use: (key, id) => post(key, APP, { input: { prompt: 'more', session_id: id }, parameters: {} }),
  },
  batch: {
    make: async (key) => {
      const request = { custom_id: '1', method: 'POST', url: '/v1/chat/completions' }
      const line = JSON.stringify({ ...request, body: { model: 'qwen-plus', messages: MESSAGES } })
      const form = new FormData()
      form.set('purpose', 'batch')
      form.set('file', new Blob([line]), 'lines.jsonl')
      const file = await json<{ id: string }>(await rig.as(key, FILES, { method: 'POST', body: form }))
      const batch = { input_file_id: file.id, endpoint: request.url, completion_window: '24h' }
      return (await json<{ id: string }>(await post(key, BATCHES, batch))).id
    },
    unknown: 'batch_unknown',
    use: (key, id) => rig.as(key, `${BATCHES}/${id}`),
  },
  voice: customized('/api/v1/services/audio/tts/customization', 'voice-enrollment', 'voice_id', '_voice'),
  vocabulary: customized(
    '/api/v1/services/audio/asr/customization',
    'speech-biasing',
    'vocabulary_id',
    '_vocabulary',
  ),
  knowledge: {
    unknown: 'kb-unknown',
    use: (key, id) => {
      const parameters = { rag_options: { pipeline_ids: [id] } }
      return post(key, APP, { input: { prompt: 'What do you know?' }, parameters })
    },
  },
}

/** A response without what differs from request to request. */
async function plain(response: Response, id: string): Promise<string> {
  const { status } = response
  // The id of a video begins with that of its task, which is what the message quotes.
  const [task = id] = id.split(/_(?=\d+_auto)/)
  const text = (await response.text()).replaceAll(id, '(id)').replaceAll(task, '(id)')
  return `${status} ${text.replace(/"request_id":"[^"]*"/, '"request_id":""')}`
}

describe('P7: the table of ownable kinds', () => {
  let librarian: string
  beforeAll(async () => {
    librarian = (await rig.gateway.issueKey({ name: 'librarian', knowledge: ['kb-1'] })).key
  })

  it('Every kind of the table is tested here.', () =>
    expect(Object.keys(CASES).sort()).toEqual([...OWNED_KINDS].sort()))

  it.each(Object.entries(CASES))(
    'Only the owner may name %s, and for others it does not exist.',
    async (_, kind) => {
      const owner = kind.make ? rig.alice.key : librarian
      const id = kind.make ? await kind.make(owner) : 'kb-1'
      expect(id).toMatch(/^[\w./-]+$/)
      expect((await kind.use(owner, id)).status).toBe(kind.isOwnerless ? 404 : 200)
      const foreign = await plain(await kind.use(rig.bob.key, id), id)
      expect(foreign).toBe(await plain(await kind.use(rig.bob.key, kind.unknown), kind.unknown))
      expect(foreign).toMatch(/^404 /)
    },
  )
})

/** The first event of a stream, after which the caller leaves. */
async function firstEvent(response: Response): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (reader && !text.includes('\n\n')) text += (await reader.read()).value ?? ''
  await reader?.cancel()
  return text
}

describe('P7: resources that a stream reports', () => {
  it.each([
    [
      'a response',
      RESPONSES,
      { model: 'qwen-plus', input: 'count', stream: true },
      /"id":"(resp_[^"]+)"/,
      'response',
    ],
    [
      'a session',
      APP,
      { input: { prompt: 'hello' }, parameters: { incremental_output: true } },
      /"session_id":"([^"]+)"/,
      'session',
    ],
  ] as const)(
    'It belongs to the caller at once, even if the caller leaves after the first event: %s',
    async (_, path, body, id, kind) => {
      const response = await post(rig.alice.key, path, body, { 'x-dashscope-sse': 'enable' })
      const [, made = ''] = id.exec(await firstEvent(response)) ?? []
      expect((await CASES[kind].use(rig.alice.key, made)).status).toBe(200)
      expect((await CASES[kind].use(rig.bob.key, made)).status).toBe(404)
    },
  )
})
