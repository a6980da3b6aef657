import { describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, json, TEXT } from '../harness/caller.ts'
import { useTenants } from './tenants.ts'

const FILES = '/compatible-mode/v1/files'

const rig = useTenants()
const { as } = rig

async function upload(key: string, text: string, name = '报告.txt'): Promise<string> {
  const form = new FormData()
  form.set('purpose', 'file-extract')
  form.set('file', new Blob([text]), name)
  const response = await as(key, FILES, { method: 'POST', body: form })
  expect(response.status).toBe(200)
  return (await json<{ id: string }>(response)).id
}

describe('P7 files', () => {
  it('Files exist for the key that uploaded them, and for no other key.', async () => {
    const id = await upload(rig.alice.key, 'The quarterly report of alice.')
    expect((await as(rig.alice.key, `${FILES}/${id}`)).status).toBe(200)
    expect(await (await as(rig.alice.key, `${FILES}/${id}/content`)).text()).toContain('quarterly')
    for (const path of [`${FILES}/${id}`, `${FILES}/${id}/content`]) {
      const theirs = await as(rig.bob.key, path)
      expect(theirs.status).toBe(404)
      expect(await theirs.json()).toMatchObject({ error: { code: 'not_found' } })
    }
    expect((await as(rig.bob.key, `${FILES}/${id}`, { method: 'DELETE' })).status).toBe(404)
    expect((await as(rig.alice.key, `${FILES}/${id}`)).status).toBe(200)
    expect((await as(rig.alice.key, `${FILES}/${id}`, { method: 'DELETE' })).status).toBe(200)
    expect((await as(rig.alice.key, `${FILES}/${id}`)).status).toBe(404)
  })

  it("Lists have only the caller's own files, newest first, page by page.", async () => {
    const dave = await rig.gateway.issueKey({ name: 'dave' })
    const own = [
      await upload(dave.key, 'one'),
      await upload(dave.key, 'two'),
      await upload(dave.key, 'three'),
    ]
    await upload(rig.bob.key, 'not of dave')
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
  ])('A document in a message (%s) must belong to the caller.', async (_name, path, body) => {
    const id = await upload(rig.alice.key, 'Whales are mammals.')
    const mine = await ask({ address: rig.gateway.address, key: rig.alice.key, path, body: body(id) })
    expect(mine.status).toBe(200)
    expect(await mine.text()).toContain('Whales')
    const theirs = await ask({ address: rig.gateway.address, key: rig.bob.key, path, body: body(id) })
    expect(theirs.status).toBe(404)
    expect(await theirs.text()).not.toContain('Whales')
    const escaped = JSON.stringify(body(id)).replaceAll('fileid://', '\\u0066ileid:\\/\\/')
    expect((await ask({ address: rig.gateway.address, key: rig.bob.key, path, body: escaped })).status).toBe(
      404,
    )
  })

  it('A document behind a repeated key is refused before DashScope could read it.', async () => {
    const id = await upload(rig.alice.key, 'for alice')
    const body = `{"model":"qwen-long","messages":[{"role":"system","content":"fileid://${id}"},{"role":"user","content":"What?"}],"messages":[{"role":"user","content":"hi"}]}`
    const response = await ask({ address: rig.gateway.address, key: rig.bob.key, path: CHAT, body })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('messages: the key is repeated')
  })

  it('A conversation that only mentions files in its text is not checked for ownership.', async () => {
    const tools = [
      {
        type: 'function',
        function: { name: 'read', parameters: { properties: { file_id: { type: 'string', default: 'x' } } } },
      },
    ]
    const response = await ask({
      address: rig.gateway.address,
      key: rig.bob.key,
      path: CHAT,
      body: chatBody('qwen-plus', 'Tell me of file ids', { tools }),
    })
    expect(response.status).toBe(200)
  })
})
