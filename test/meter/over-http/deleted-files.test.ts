import { beforeAll, expect, it } from 'vitest'
import { type SharedGateway, sharedGateway } from '../../harness/shared-gateway.ts'

const FILES = '/compatible-mode/v1/files'

let gateway: SharedGateway
beforeAll(async () => {
  gateway = await sharedGateway()
})

type Files = (path?: string, init?: RequestInit) => Promise<{ id: string; data?: { id: string }[] }>

async function filesOfNewKey(): Promise<Files> {
  const { key } = await gateway.issueKey()
  return async (path = '', init = {}) => {
    const headers = { authorization: `Bearer ${key}` }
    const response = await fetch(gateway.address + FILES + path, { ...init, headers })
    return response.json() as never
  }
}

async function upload(files: Files): Promise<string> {
  const form = new FormData()
  form.set('file', new Blob(['text']), 'a.txt')
  form.set('purpose', 'file-extract')
  return (await files('', { method: 'POST', body: form })).id
}

it('Deleting a list page by page, as an SDK does, deletes all of it.', async () => {
  const files = await filesOfNewKey()
  const uploaded: string[] = []
  for (let times = 0; times < 5; times++) uploaded.unshift(await upload(files))
  const deleted: string[] = []
  for (let after = ''; ; after = `&after=${deleted.at(-1)}`) {
    const { data = [] } = await files(`?limit=2${after}`)
    if (data.length === 0) break
    for (const { id } of data) {
      await files(`/${id}`, { method: 'DELETE' })
      deleted.push(id)
    }
  }
  expect(deleted).toEqual(uploaded)
  expect((await files()).data).toEqual([])
})

it('A file that was deleted or belongs to another key is not a file of the key.', async () => {
  const [files, others] = [await filesOfNewKey(), await filesOfNewKey()]
  const [mine, theirs] = [await upload(files), await upload(others)]
  await files(`/${mine}`, { method: 'DELETE' })
  expect(await files(`/${mine}`)).toMatchObject({ error: { code: 'not_found' } })
  expect(await files(`/${mine}`, { method: 'DELETE' })).toMatchObject({ error: { code: 'not_found' } })
  await upload(files)
  expect((await files(`?after=${theirs}`)).data).toEqual([])
})
