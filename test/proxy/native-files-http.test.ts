import { describe, expect, it } from 'vitest'
import { json } from '../harness/caller.ts'
import { useEmulatedGateway } from '../harness/use-gateway.ts'

const FILES = '/api/v1/files'

const rig = useEmulatedGateway()

interface Uploaded {
  data: { uploaded_files: { file_id: string; name: string }[] }
}

interface Listed {
  data: { total: number; page_no: number; page_size: number; files: { file_id: string; name: string }[] }
}

function at(path: string, init: RequestInit = {}, key = rig.key): Promise<Response> {
  return fetch(rig.gateway.address + FILES + path, { ...init, headers: { authorization: `Bearer ${key}` } })
}

function upload(form: Record<string, string | Blob>, key = rig.key): Promise<Response> {
  const body = new FormData()
  for (const [name, value] of Object.entries(form)) {
    if (typeof value === 'string') body.set(name, value)
    else body.set(name, value, 'train.jsonl')
  }
  return at('', { method: 'POST', body }, key)
}

const LINES = new Blob(['{"messages":[]}\n'])

describe('A native file', () => {
  it('A native file is uploaded, looked up, listed and deleted by its key.', async () => {
    const { key } = await rig.gateway.issueKey()
    const made = await json<Uploaded>(await upload({ files: LINES, descriptions: 'whales' }, key))
    const [file] = made.data.uploaded_files
    expect(file?.name).toBe('train.jsonl')
    const path = `/${file?.file_id}`
    expect(await json(await at(path, {}, key))).toMatchObject({ data: { name: 'train.jsonl', size: 16 } })
    expect(await json(await at('?page_no=1&page_size=5', {}, key))).toMatchObject({
      data: { total: 1, page_no: 1, page_size: 5, files: [{ file_id: file?.file_id }] },
    })
    expect((await at(path, { method: 'DELETE' }, key)).status).toBe(200)
    expect((await at(path, {}, key)).status).toBe(404)
    expect((await json<Listed>(await at('', {}, key))).data).toMatchObject({ total: 0, files: [] })
  })

  it('A native file of another key is in no list and cannot be deleted.', async () => {
    const made = await json<Uploaded>(await upload({ files: LINES }))
    const { key } = await rig.gateway.issueKey()
    const path = `/${made.data.uploaded_files[0]?.file_id}`
    expect((await at(path, { method: 'DELETE' }, key)).status).toBe(404)
    expect((await json<Listed>(await at('', {}, key))).data.total).toBe(0)
    expect((await at(path)).status).toBe(200)
  })

  it('A native file is refused without its part, with another name, and as the file of a batch.', async () => {
    for (const form of [{ descriptions: 'none' }, { file: LINES }, { files: LINES, purpose: 'batch' }]) {
      const response = await upload(form)
      expect([Object.keys(form), response.status]).toEqual([Object.keys(form), 400])
      expect(await json(response)).toMatchObject({ code: 'InvalidParameter' })
    }
  })

  it('A native file cannot be the input of a batch.', async () => {
    const made = await json<Uploaded>(await upload({ files: LINES }))
    const response = await fetch(`${rig.gateway.address}/compatible-mode/v1/batches`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rig.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        input_file_id: made.data.uploaded_files[0]?.file_id,
        endpoint: '/v1/chat/completions',
        completion_window: '24h',
      }),
    })
    expect(response.status).toBe(404)
  })
})
