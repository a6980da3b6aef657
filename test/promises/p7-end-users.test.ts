import { describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, json, until } from '../harness/caller.ts'
import { useEmulatedGateway } from '../harness/use-gateway.ts'

const FILES = '/compatible-mode/v1/files'

const rig = useEmulatedGateway()

async function tokenFor(user?: string): Promise<string> {
  const response = await fetch(`${rig.gateway.address}/edge/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${rig.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(user === undefined ? {} : { user }),
  })
  expect(response.status).toBe(201)
  return (await json<{ token: string }>(response)).token
}

function as(credential: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(rig.gateway.address + path, { ...init, headers: { authorization: `Bearer ${credential}` } })
}

async function upload(credential: string): Promise<string> {
  const form = new FormData()
  form.set('purpose', 'file-extract')
  form.set('file', new Blob(['private']), 'private.txt')
  return (await json<{ id: string }>(await as(credential, FILES, { method: 'POST', body: form }))).id
}

describe('P7 end users of one key', () => {
  it('End users have files of their own in every session, which no other user sees.', async () => {
    const id = await upload(await tokenFor('ann'))
    expect((await as(await tokenFor('ann'), `${FILES}/${id}`)).status).toBe(200)
    for (const other of [await tokenFor('ben'), await tokenFor(), rig.key]) {
      expect((await as(other, `${FILES}/${id}`)).status).toBe(404)
      expect(await json(await as(other, FILES))).toMatchObject({ data: [] })
    }
  })

  it('End users cannot be named to get into the files of the key or of another user.', async () => {
    const id = await upload(await tokenFor('ann'))
    for (const user of ['ann/', 'ANN', ' ann']) {
      const response = await fetch(`${rig.gateway.address}/edge/tokens`, {
        method: 'POST',
        headers: { authorization: `Bearer ${rig.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ user }),
      })
      if (response.status !== 201) continue
      const { token } = await json<{ token: string }>(response)
      expect((await as(token, `${FILES}/${id}`)).status).toBe(404)
    }
  })

  it('End users without a name are all separate.', async () => {
    const [one, two] = [await tokenFor(), await tokenFor()]
    const id = await upload(one)
    expect((await as(one, `${FILES}/${id}`)).status).toBe(200)
    expect((await as(two, `${FILES}/${id}`)).status).toBe(404)
  })

  it('End users see nothing of each other or of the key in the cache, unless its scope is shared.', async () => {
    const question = chatBody('qwen-plus', 'what ann asked')
    const send = (credential: string, headers: Record<string, string> = {}) =>
      ask({ address: rig.gateway.address, key: credential, path: CHAT, headers, body: question })
    const only = { 'cache-control': 'only-if-cached' }
    await (await send(await tokenFor('ann'))).text()
    const again = async () => (await send(await tokenFor('ann'), only)).status
    await until('the response is cached', async () => (await again()) === 200)
    for (const other of [await tokenFor('ben'), await tokenFor(), rig.key]) {
      expect((await send(other, only)).status).toBe(504)
    }
  })
})
