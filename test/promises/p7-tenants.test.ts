import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, json, nativeBody, TEXT } from '../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'

const IMAGE = '/api/v1/services/aigc/text2image/image-synthesis'
const FILES = '/compatible-mode/v1/files'
const TASKS = '/api/v1/tasks'

let gateway: TestGateway
let alice: { id: string; key: string }
let bob: { id: string; key: string }
beforeAll(async () => {
  gateway = await startTestGateway()
  alice = await gateway.issueKey({ name: 'alice' })
  bob = await gateway.issueKey({ name: 'bob' })
})
afterAll(() => gateway.stop())

function as(key: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(gateway.address + path, {
    ...init,
    headers: { authorization: `Bearer ${key}`, ...init.headers },
  })
}

async function submit(key: string, path = IMAGE): Promise<string> {
  const response = await ask({
    address: gateway.address,
    key,
    path,
    headers: { 'x-dashscope-async': 'enable' },
    body:
      path === IMAGE
        ? { model: 'wanx-v1', input: { prompt: 'a cat' } }
        : { model: 'text-embedding-async-v2', input: { url: 'https://files.example/texts.txt' } },
  })
  expect(response.status).toBe(200)
  return (await json<{ output: { task_id: string } }>(response)).output.task_id
}

async function upload(key: string, text: string, name = '报告.txt'): Promise<string> {
  const form = new FormData()
  form.set('purpose', 'file-extract')
  form.set('file', new Blob([text]), name)
  const response = await as(key, FILES, { method: 'POST', body: form })
  expect(response.status).toBe(200)
  return (await json<{ id: string }>(response)).id
}

describe('P7 cached answers', () => {
  const answerOf = async (key: string, text: string, headers: Record<string, string> = {}) => {
    const response = await ask({
      address: gateway.address,
      key,
      path: TEXT,
      headers,
      body: nativeBody('qwen-plus', text),
    })
    expect(response.status).toBe(200)
    return {
      status: response.headers.get('cache-status'),
      id: (await json<{ request_id: string }>(response)).request_id,
    }
  }

  it('of one key are not another key’s', async () => {
    const first = await answerOf(alice.key, 'a secret of alice')
    expect((await answerOf(alice.key, 'a secret of alice')).id).toBe(first.id)
    const other = await answerOf(bob.key, 'a secret of alice')
    expect(other.status).toBe('dashscope-edge; fwd=miss; stored')
    expect(other.id).not.toBe(first.id)
  })

  it('are shared by keys that the operator put into one scope, and by no other', async () => {
    const cache = { scope: 'team' }
    const [one, two] = [await gateway.issueKey({ cache }), await gateway.issueKey({ cache })]
    const first = await answerOf(one.key, 'shared words')
    const second = await answerOf(two.key, 'shared words')
    expect(second.id).toBe(first.id)
    expect(second.status).toMatch(/hit; ttl=3[56]\d\d$/)
    expect((await answerOf(alice.key, 'shared words')).id).not.toBe(first.id)
  })

  it('of one key go when that key is purged, and the others stay', async () => {
    const mine = await answerOf(alice.key, 'to be purged')
    const theirs = await answerOf(bob.key, 'to be purged')
    const purge = await fetch(`${gateway.address}/edge/cache?key=${alice.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    })
    expect(purge.status).toBe(200)
    expect((await answerOf(alice.key, 'to be purged')).id).not.toBe(mine.id)
    expect((await answerOf(bob.key, 'to be purged')).id).toBe(theirs.id)
  })
})

describe('P7 tasks', () => {
  it('answer to the key that submitted them; to every other key they do not exist', async () => {
    const id = await submit(alice.key)
    const mine = await as(alice.key, `${TASKS}/${id}`)
    expect(mine.status).toBe(200)
    expect(await json(mine)).toMatchObject({ output: { task_id: id } })
    const theirs = await as(bob.key, `${TASKS}/${id}`)
    expect(theirs.status).toBe(404)
    expect(await theirs.json()).toMatchObject({ code: 'NotFound' })
    const cancel = await as(bob.key, `${TASKS}/${id}/cancel`, { method: 'POST' })
    expect(cancel.status).toBe(404)
    expect((await gateway.calls()).filter((call) => call.path.endsWith('/cancel'))).toEqual([])
  })

  it('that nobody submitted are 404 without a word to DashScope', async () => {
    const before = (await gateway.calls()).length
    expect((await as(alice.key, `${TASKS}/${crypto.randomUUID()}`)).status).toBe(404)
    expect((await gateway.calls()).length).toBe(before)
  })

  it('are recorded also where an endpoint answers with a task only on demand', async () => {
    const id = await submit(alice.key, '/api/v1/services/embeddings/text-embedding/text-embedding')
    expect((await as(alice.key, `${TASKS}/${id}`)).status).toBe(200)
    expect((await as(bob.key, `${TASKS}/${id}`)).status).toBe(404)
  })

  it.each(['', '/'])('list only the caller’s own (%s), page by page, without the account', async (slash) => {
    const carol = await gateway.issueKey({ name: 'carol' })
    const own = [await submit(carol.key), await submit(carol.key), await submit(carol.key)]
    await submit(bob.key)
    const page = async (number: number) =>
      json<{ data: { task_id: string }[] }>(
        await as(carol.key, `${TASKS}${slash}?page_no=${number}&page_size=2`),
      )
    const [first, second] = [await page(1), await page(2)]
    expect(first).toMatchObject({ total: 3, total_page: 2, page_no: 1, page_size: 2 })
    const listed = [...first.data, ...second.data]
    expect(new Set(listed.map((row) => row.task_id))).toEqual(new Set(own))
    for (const row of listed) {
      expect(Object.keys(row)).not.toEqual(
        expect.arrayContaining([expect.stringMatching(/api_key_id|caller_/)]),
      )
    }
    expect(await json(await as((await gateway.issueKey()).key, TASKS))).toMatchObject({ total: 0, data: [] })
  })
})

describe('P7 files', () => {
  it('answer to the key that uploaded them; to every other key they do not exist', async () => {
    const id = await upload(alice.key, 'The quarterly report of alice.')
    expect((await as(alice.key, `${FILES}/${id}`)).status).toBe(200)
    expect(await (await as(alice.key, `${FILES}/${id}/content`)).text()).toContain('quarterly')
    for (const path of [`${FILES}/${id}`, `${FILES}/${id}/content`]) {
      const theirs = await as(bob.key, path)
      expect(theirs.status).toBe(404)
      expect(await theirs.json()).toMatchObject({ error: { code: 'not_found' } })
    }
    expect((await as(bob.key, `${FILES}/${id}`, { method: 'DELETE' })).status).toBe(404)
    expect((await as(alice.key, `${FILES}/${id}`)).status).toBe(200)
    expect((await as(alice.key, `${FILES}/${id}`, { method: 'DELETE' })).status).toBe(200)
    expect((await as(alice.key, `${FILES}/${id}`)).status).toBe(404)
  })

  it('list only the caller’s own, newest first, page by page', async () => {
    const dave = await gateway.issueKey({ name: 'dave' })
    const own = [
      await upload(dave.key, 'one'),
      await upload(dave.key, 'two'),
      await upload(dave.key, 'three'),
    ]
    await upload(bob.key, 'not of dave')
    const list = async (query: string) =>
      json<{ data: { id: string }[] }>(await as(dave.key, `${FILES}${query}`))
    const first = await list('?limit=2')
    expect(first).toMatchObject({ object: 'list', has_more: true })
    expect(first.data.map((file) => file.id)).toEqual([own[2], own[1]])
    const rest = await list(`?limit=2&after=${own[1]}`)
    expect(rest).toMatchObject({ has_more: false })
    expect(rest.data.map((file) => file.id)).toEqual([own[0]])
  })

  it.each([
    [
      'native',
      TEXT,
      (id: string) => ({
        model: 'qwen-long',
        input: {
          messages: [
            { role: 'system', content: `fileid://${id}` },
            { role: 'user', content: 'What does it say?' },
          ],
        },
      }),
    ],
    [
      'native, two in one message',
      TEXT,
      (id: string) => ({
        model: 'qwen-long',
        input: {
          messages: [
            { role: 'system', content: `fileid://${id},fileid://${id}` },
            { role: 'user', content: 'What does it say?' },
          ],
        },
      }),
    ],
    [
      'compatible',
      CHAT,
      (id: string) => ({
        model: 'qwen-long',
        messages: [
          { role: 'system', content: `fileid://${id}` },
          { role: 'user', content: 'What does it say?' },
        ],
      }),
    ],
  ])('a document in a message (%s) has to be the caller’s', async (_name, path, body) => {
    const id = await upload(alice.key, 'Whales are mammals.')
    const mine = await ask({ address: gateway.address, key: alice.key, path, body: body(id) })
    expect(mine.status).toBe(200)
    expect(await mine.text()).toContain('Whales')
    const theirs = await ask({ address: gateway.address, key: bob.key, path, body: body(id) })
    expect(theirs.status).toBe(404)
    expect(await theirs.text()).not.toContain('Whales')
    const escaped = JSON.stringify(body(id)).replaceAll('fileid://', '\\u0066ileid:\\/\\/')
    expect((await ask({ address: gateway.address, key: bob.key, path, body: escaped })).status).toBe(404)
  })

  it('a document behind a key that stands twice is refused before DashScope could read it', async () => {
    const id = await upload(alice.key, 'for alice')
    const body = `{"model":"qwen-long","messages":[{"role":"system","content":"fileid://${id}"},{"role":"user","content":"What?"}],"messages":[{"role":"user","content":"hi"}]}`
    const response = await ask({ address: gateway.address, key: bob.key, path: CHAT, body })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('messages: the key stands twice')
  })

  it('a conversation that only speaks of files is nobody’s business', async () => {
    const tools = [
      {
        type: 'function',
        function: { name: 'read', parameters: { properties: { file_id: { type: 'string', default: 'x' } } } },
      },
    ]
    const response = await ask({
      address: gateway.address,
      key: bob.key,
      path: CHAT,
      body: chatBody('qwen-plus', 'Tell me of file ids', { tools }),
    })
    expect(response.status).toBe(200)
  })
})
