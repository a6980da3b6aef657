import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, json as jsonOf, nativeBody } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { json, type Respond } from '../harness/plain-upstream.ts'
import { error, hangUp, useRegions } from './rig.ts'

const rig = useRegions()
const IMAGE = '/api/v1/services/aigc/text2image/image-synthesis'
const FILES = '/compatible-mode/v1/files'

function call(path: string, init: RequestInit = {}, key = rig.key): Promise<Response> {
  return fetch(rig.gateway.address + path, { ...init, headers: { authorization: `Bearer ${key}` } })
}

async function submit(key = rig.key): Promise<number> {
  const body = { model: 'wanx-v1', input: { prompt: 'a cat' } }
  const response = await rig.post({ path: IMAGE, body, headers: { 'x-dashscope-async': 'enable' }, key })
  return response.status
}

async function upload(key = rig.key): Promise<number> {
  const form = new FormData()
  form.set('purpose', 'file-extract')
  form.set('file', new Blob(['text']), 'a.txt')
  return (await call(FILES, { method: 'POST', body: form }, key)).status
}

function task(id: string): Respond {
  return json(JSON.stringify({ output: { task_id: id, task_status: 'PENDING' } }))
}

function file(id: string): Respond {
  return json(JSON.stringify({ id, object: 'file' }))
}

function taskList(id: string, createdMs: number): Respond {
  return json(
    JSON.stringify({ total_page: 1, request_id: 'r', data: [{ task_id: id, gmt_create: createdMs }] }),
  )
}

describe('tasks and files belong to the account that made them', () => {
  it('A task that Singapore made is asked of Singapore, whatever Beijing says.', async () => {
    rig.beijing.answer(error(429, 'Throttling'))
    rig.singapore.answer(task('t-1'))
    expect(await submit()).toBe(200)
    rig.beijing.answer(task('t-1'))
    const before = rig.asked().length
    expect((await call('/api/v1/tasks/t-1')).status).toBe(200)
    expect((await call('/api/v1/tasks/t-1/cancel', { method: 'POST' })).status).toBe(200)
    rig.singapore.answer(error(500, 'InternalError'))
    expect((await call('/api/v1/tasks/t-1')).status).toBe(500)
    expect(new Set(rig.asked().slice(before))).toEqual(new Set(['singapore']))
  })

  it('A document of the second account is read by the second account only.', async () => {
    rig.beijing.answer((response, seen) => {
      const isFirst = seen.headers.authorization === 'Bearer sk-beijing-1'
      return (isFirst ? error(400, 'Arrearage') : file('file-fe-1'))(response, seen)
    })
    // The first account is set aside by a question, since an upload is never sent twice.
    expect((await rig.post()).status).toBe(200)
    expect(await upload()).toBe(200)
    const before = rig.asked().length
    const body = nativeBody('qwen-long', 'read')
    body.input.messages.unshift({ role: 'system', content: 'fileid://file-fe-1' })
    expect((await rig.post({ body })).status).toBe(200)
    rig.beijing.answer(hangUp)
    expect((await rig.post({ body })).status).toBe(502)
    expect(new Set(rig.asked().slice(before))).toEqual(new Set(['beijing/2']))
  })

  it('Lists gather the caller’s own tasks from all accounts, the newest first.', async () => {
    rig.beijing.answer(task('t-beijing'))
    expect(await submit()).toBe(200)
    rig.beijing.answer(error(429, 'Throttling'))
    rig.singapore.answer(task('t-singapore'))
    expect(await submit()).toBe(200)
    rig.beijing.answer((response, seen) => {
      const isFirst = seen.headers.authorization === 'Bearer sk-beijing-1'
      return taskList(isFirst ? 't-beijing' : 't-of-others', isFirst ? 1 : 3)(response, seen)
    })
    rig.singapore.answer(taskList('t-singapore', 2))
    const list = await jsonOf<{ total: number; data: { task_id: string }[] }>(await call('/api/v1/tasks'))
    expect(list.total).toBe(2)
    expect(list.data.map((each) => each.task_id)).toEqual(['t-singapore', 't-beijing'])
  })

  it('Files are listed from the account that has them.', async () => {
    rig.beijing.answer(file('file-fe-1'))
    expect(await upload()).toBe(200)
    const before = rig.asked().length
    expect(await jsonOf(await call(FILES))).toMatchObject({ data: [{ id: 'file-fe-1' }] })
    expect(rig.asked().slice(before)).toEqual(['beijing'])
  })

  it('Documents of two accounts in one request are refused.', async () => {
    rig.beijing.answer(file('file-fe-1'))
    expect(await upload()).toBe(200)
    rig.beijing.answer((response, seen) => {
      const isFirst = seen.headers.authorization === 'Bearer sk-beijing-1'
      return (isFirst ? error(400, 'Arrearage') : file('file-fe-2'))(response, seen)
    })
    expect((await rig.post()).status).toBe(200)
    expect(await upload()).toBe(200)
    const body = chatBody('qwen-long', 'read')
    body.messages.unshift({ role: 'system', content: 'fileid://file-fe-1,fileid://file-fe-2' })
    const response = await rig.post({ path: CHAT, body })
    expect(response.status).toBe(400)
    expect(await response.text()).toMatch(/different regions or accounts \(beijing, beijing\/2\)/)
  })
})

describe('a key that is pinned to Beijing', () => {
  const pinned = async () => (await rig.gateway.issueKey({ regions: ['beijing'] })).key
  const leaves = () => rig.asked().includes('singapore')

  it.each<[string, Respond]>([
    ['the connection breaks', hangUp],
    ['it is throttled', error(429, 'Throttling')],
    ['its keys are refused', error(401, 'InvalidApiKey')],
    ['the model is missing', error(404, 'ModelNotFound')],
    ['it fails', error(500, 'InternalError')],
  ])('A pinned key never leaves Beijing, even if %s', async (_, respond) => {
    const key = await pinned()
    rig.beijing.answer(respond)
    for (let time = 0; time < 3; time++) expect((await rig.post({ key })).ok).toBe(false)
    await submit(key)
    await upload(key)
    await call('/api/v1/tasks', {}, key)
    await rig.post({ key, body: nativeBody('qwen-plus-us', 'hello') })
    expect(leaves()).toBe(false)
  })

  it('Session tokens inherit the pin.', async () => {
    const headers = { authorization: `Bearer ${await pinned()}`, 'content-type': 'application/json' }
    const minted = await fetch(`${rig.gateway.address}/edge/tokens`, { method: 'POST', headers, body: '{}' })
    const { token } = await jsonOf<{ token: string }>(minted)
    rig.beijing.answer(hangUp)
    expect((await rig.post({ key: token })).status).toBe(502)
    expect(leaves()).toBe(false)
  })

  it('A pinned key does not get responses from another region out of a shared cache.', async () => {
    const cache = { scope: 'team' }
    const free = (await rig.gateway.issueKey({ cache })).key
    const bound = (await rig.gateway.issueKey({ cache, regions: ['beijing'] })).key
    const headers = { 'cache-control': '' }
    rig.beijing.answer(error(500, 'InternalError'))
    expect((await rig.post({ key: free, headers })).headers.get('cache-status')).toContain('stored')
    rig.beijing.answer(json('{"output":{"text":"from Beijing"}}'))
    const response = await rig.post({ key: bound, headers })
    expect(await response.text()).toContain('from Beijing')
  })

  it('A pinned key is refused resources that were made elsewhere before the pin.', async () => {
    const { id, key } = await rig.gateway.issueKey()
    rig.beijing.answer(error(429, 'Throttling'))
    rig.singapore.answer(task('t-1'))
    expect(await submit(key)).toBe(200)
    await fetch(`${rig.gateway.address}/edge/keys/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: '{"regions":["beijing"]}',
    })
    const before = rig.asked().length
    const response = await call('/api/v1/tasks/t-1', {}, key)
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('stored in singapore, which this key may no longer use')
    expect(rig.asked()).toHaveLength(before)
  })

  it('A gateway that does not use the region of the pin refuses the key.', async () => {
    const { id, key } = await rig.gateway.issueKey({ regions: ['beijing'] })
    // As if REGIONS had changed since: today such a key cannot be issued.
    const keys = rig.gateway.kv('KEYS')
    for (const { name } of (await keys.list({ prefix: 'key:' })).keys) {
      const record = await keys.get(name)
      if (record?.includes(id)) await keys.put(name, record.replace('"beijing"', '"tokyo"'))
    }
    const response = await rig.post({ key })
    expect(response.status).toBe(403)
    expect(rig.asked()).toEqual([])
  })
})
