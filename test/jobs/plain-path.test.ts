import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHAT, chatBody, nativeBody, SSE, TEXT } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

let directory: string
let gateway: TestGateway
let key: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  gateway = await startTestGateway({}, { persist: directory })
  key = (await gateway.issueKey({ limits: { requests_per_minute: 100 } })).key
})
afterAll(async () => {
  await gateway.stop()
  await rm(directory, { recursive: true, force: true })
})

/** The classes of Durable Objects and Workflows that have stored something: a call makes an object, which makes its tables. */
async function classesInUse(): Promise<string[]> {
  const files = await readdir(directory, { recursive: true })
  // In addition to those of its objects, each class has a database of Miniflare's own.
  const databases = files.filter((file) => /[0-9a-f]{64}\.sqlite$/.test(file))
  const classes = ['Meter', 'Registry', 'Ledger', 'Poller', 'dashscope-edge-jobs']
  return classes.filter((name) => databases.some((file) => file.includes(name)))
}

async function ask(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const response = await fetch(gateway.address + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  await response.arrayBuffer()
  return response
}

describe('a key without jobs or hooks', () => {
  it('Requests that are not jobs never call the ledger, the poller or the workflow.', async () => {
    const asked = [
      await ask(CHAT, chatBody('qwen-plus', '1+1')),
      await ask(CHAT, chatBody('qwen-plus', '1+1')),
      await ask(CHAT, chatBody('qwen-plus', '2+2', { stream: true })),
      await ask(TEXT, nativeBody('qwen-plus', '3+3'), SSE),
      await ask(CHAT, chatBody('fault-status-400-InvalidParameter', 'x')),
      await ask(CHAT, { model: 'qwen-plus' }),
    ]
    expect(asked.map(({ status }) => status)).toEqual([200, 200, 200, 200, 400, 400])
    expect(await classesInUse()).toEqual(['Meter', 'Registry'])
    // The same look finds the ledger once there is a job.
    expect((await ask(CHAT, chatBody('qwen-plus', '4+4'), { prefer: 'respond-async' })).status).toBe(202)
    expect(await classesInUse()).toContain('Ledger')
  })
})
