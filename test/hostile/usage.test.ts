import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, json, until } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { send } from '../harness/wire.ts'

interface Report {
  rows: { requests: number }[]
  total: { requests: number }
}

let gateway: TestGateway
let alice: { id: string; key: string }
let mallory: { id: string; key: string }

beforeAll(async () => {
  gateway = await startTestGateway()
  alice = await gateway.issueKey({ name: 'alice' })
  mallory = await gateway.issueKey({ name: 'mallory' })
  await ask({ address: gateway.address, key: alice.key, path: CHAT, body: chatBody('qwen-plus', 'hi') })
  await until('the usage of alice is recorded', async () => (await usageOf(alice.key)).total.requests === 1)
})
afterAll(() => gateway.stop())

async function usageOf(key: string): Promise<Report> {
  const response = await fetch(`${gateway.address}/edge/usage`, {
    headers: { authorization: `Bearer ${key}` },
  })
  return json<Report>(response)
}

describe('hostile: another tenant’s usage', () => {
  it("The usage of another tenant is not part of one's own.", async () => {
    expect(await usageOf(mallory.key)).toMatchObject({ rows: [], total: { requests: 0 } })
  })

  it.each<[string, (id: string) => string]>([
    ['its id', (id) => `?key=${id}`],
    ['its id behind one’s own', (id) => `?key=${mallory.id}&key=${id}`],
    ['a list of ids', (id) => `?key=${mallory.id},${id}`],
    ['a list in brackets', (id) => `?key[]=${id}`],
    ['another spelling of the parameter', (id) => `?KEY=${id}`],
    ['an escaped parameter', (id) => `?%6bey=${id}`],
    ['a wildcard', () => '?key=*'],
    ['no id at all', () => '?key='],
  ])('A query is refused with %s', async (_, query) => {
    const response = await send(gateway.address, {
      path: `/edge/usage${query(alice.id)}`,
      headers: { authorization: `Bearer ${mallory.key}` },
    })
    expect([400, 403]).toContain(response.status)
    expect(response.text).not.toContain('"requests"')
  })

  it.each(['x-api-key', 'x-dashscope-apikey'])(
    'A second credential in %s gives no further access.',
    async (name) => {
      const response = await send(gateway.address, {
        path: '/edge/usage',
        headers: { authorization: `Bearer ${mallory.key}`, [name]: alice.key },
      })
      expect(response.status).toBe(401)
    },
  )
})
