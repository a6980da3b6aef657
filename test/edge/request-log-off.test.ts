import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ask, CHAT, chatBody, json, until } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dashscope-edge-log-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Log {
  rows: { id: string }[]
  next: string | null
}

async function withLog<Result>(rows: string, work: (gateway: TestGateway) => Promise<Result>) {
  const gateway = await startTestGateway({ REQUEST_LOG: rows }, { persist: folder })
  try {
    return await work(gateway)
  } finally {
    await gateway.stop()
  }
}

function get(gateway: TestGateway, key: string, path: string): Promise<Response> {
  return fetch(gateway.address + path, { headers: { authorization: `Bearer ${key}` } })
}

it('A log that is switched off is empty, also of what it once held, and the caller can see that it is off.', async () => {
  const { key, id } = await withLog('10', async (gateway) => {
    const { key } = await gateway.issueKey()
    const read = (path: string) => get(gateway, key, path)
    await (await ask({ address: gateway.address, key, path: CHAT, body: chatBody('qwen-plus', 'x') })).text()
    let log: Log = { rows: [], next: null }
    await until('the request is logged', async () => {
      log = await json<Log>(await read('/edge/requests'))
      return log.rows.length === 1
    })
    expect(await json(await read('/edge/me'))).toMatchObject({ request_log: 10 })
    const id = log.rows[0]?.id ?? ''
    expect((await read(`/edge/requests/${id}`)).status).toBe(200)
    return { key, id }
  })
  await withLog('0', async (gateway) => {
    const read = (path: string) => get(gateway, key, path)
    expect(await json(await read('/edge/requests'))).toMatchObject({ rows: [], next: null })
    expect((await read(`/edge/requests/${id}`)).status).toBe(404)
    expect(await json(await read('/edge/me'))).toMatchObject({ request_log: 0 })
  })
})
