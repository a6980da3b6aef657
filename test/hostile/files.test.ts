import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, CHAT, json } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { send } from '../harness/wire.ts'

const FILES = '/compatible-mode/v1/files'
const SECRET = 'Whales are mammals.'

let gateway: TestGateway
let alice: string
let mallory: string
let fileId: string
let taskId: string

beforeAll(async () => {
  gateway = await startTestGateway()
  alice = (await gateway.issueKey({ name: 'alice' })).key
  mallory = (await gateway.issueKey({ name: 'mallory' })).key
  const form = new FormData()
  form.set('purpose', 'file-extract')
  form.set('file', new File([SECRET], 'whales.txt'))
  const authorization = `Bearer ${alice}`
  const uploaded = await fetch(gateway.address + FILES, {
    method: 'POST',
    headers: { authorization },
    body: form,
  })
  fileId = (await json<{ id: string }>(uploaded)).id
  const submitted = await ask({
    address: gateway.address,
    key: alice,
    path: '/api/v1/services/aigc/text2image/image-synthesis',
    body: { model: 'wanx2.1-t2i-turbo', input: { prompt: 'a whale' } },
    headers: { 'x-dashscope-async': 'enable' },
  })
  taskId = (await json<{ output: { task_id: string } }>(submitted)).output.task_id
})
afterAll(() => gateway.stop())

function question(content: unknown) {
  return {
    model: 'qwen-long',
    messages: [
      { role: 'system', content },
      { role: 'user', content: 'What does it say?' },
    ],
  }
}

describe('hostile: a document of another tenant, named in every way that DashScope might understand', () => {
  it.each<[string, (id: string) => string]>([
    ['plainly', (id) => JSON.stringify(question(`fileid://${id}`))],
    ['behind other words', (id) => JSON.stringify(question(`Read this: fileid://${id} please`))],
    ['after an empty one', (id) => JSON.stringify(question(`fileid://,fileid://${id}`))],
    ['with line ends between', (id) => JSON.stringify(question(`fileid://x\nfileid://${id}`))],
    ['in a content part', (id) => JSON.stringify(question([{ type: 'text', text: `fileid://${id}` }]))],
    ['as a file_id', (id) => JSON.stringify(question([{ type: 'file', file_id: id }]))],
    [
      'as a file_id in an object',
      (id) => JSON.stringify(question([{ type: 'file', file: { file_id: id } }])),
    ],
    ['with escapes', (id) => JSON.stringify(question(`@${id}`)).replace('@', '\\u0066\\u0069leid:\\/\\/')],
    [
      'among many',
      (id) =>
        JSON.stringify(question([...Array(90).fill('x'), id].map((each) => `fileid://${each}`).join(','))),
    ],
    ['as a top member', (id) => JSON.stringify({ ...question('hi'), file_id: id })],
  ])('A document of another tenant gets 404: %s', async (_, body) => {
    const stolen = await ask({ address: gateway.address, key: mallory, path: CHAT, body: body(fileId) })
    expect(stolen.status).toBe(404)
    expect(await stolen.text()).not.toContain(SECRET)
  })

  it.each([5000, 101])('A request with %i documents is refused before any is looked up.', async (count) => {
    const before = (await gateway.calls()).length
    const ids = Array.from({ length: count }, (_, index) => `fileid://file-fe-${index}`)
    const response = await ask({
      address: gateway.address,
      key: mallory,
      path: CHAT,
      body: question(ids.join(',')),
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: { message: expect.stringContaining('at most 100') },
    })
    expect((await gateway.calls()).length).toBe(before)
  })

  it('An id of megabytes belongs to no key.', async () => {
    const body = question(`fileid://${'a'.repeat(3_000_000)}`)
    const response = await ask({ address: gateway.address, key: mallory, path: CHAT, body })
    expect(response.status).toBe(404)
    expect((await response.text()).length).toBeLessThan(500)
  })
})

describe('hostile: another tenant’s tasks and files by URL', () => {
  const spellings: [string, (id: string) => string][] = [
    ['as it is', (id) => id],
    ['with a slash behind', (id) => `${id}/`],
    ['in capitals', (id) => id.toUpperCase()],
    ['with an escape', (id) => `%${id.charCodeAt(0).toString(16)}${id.slice(1)}`],
    ['with NUL behind', (id) => `${id}%00`],
    ['with a parameter behind', (id) => `${id};a=b`],
    ['behind a dot segment', (id) => `./${id}`],
    ['behind another id', (id) => `x/../${id}`],
    ['with a wildcard', () => '*'],
    ['with an injection', () => "'%20OR%20'1'='1"],
  ]

  it.each(spellings)('An id of another tenant, written %s, gets 404.', async (_, spell) => {
    const asMallory = (method: string, path: string) =>
      send(gateway.address, { method, path, headers: { authorization: `Bearer ${mallory}` } })
    const responses = [
      await asMallory('GET', `${FILES}/${spell(fileId)}`),
      await asMallory('GET', `${FILES}/${spell(fileId)}/content`),
      await asMallory('DELETE', `${FILES}/${spell(fileId)}`),
      await asMallory('GET', `/api/v1/tasks/${spell(taskId)}`),
      await asMallory('POST', `/api/v1/tasks/${spell(taskId)}/cancel`),
    ]
    expect(responses.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
    const headers = { authorization: `Bearer ${alice}` }
    expect((await send(gateway.address, { path: `${FILES}/${fileId}`, headers })).status).toBe(200)
  })

  it('Lists that name the id of another tenant show nothing of it.', async () => {
    const headers = { authorization: `Bearer ${mallory}` }
    const tasks = await send(gateway.address, { path: `/api/v1/tasks?task_id=${taskId}`, headers })
    expect(JSON.parse(tasks.text)).toMatchObject({ total: 0, data: [] })
    const files = await send(gateway.address, { path: `${FILES}?after=${fileId}`, headers })
    expect(JSON.parse(files.text)).toMatchObject({ data: [], has_more: false })
  })
})
