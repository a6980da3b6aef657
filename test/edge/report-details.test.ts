import { beforeAll, expect, it } from 'vitest'
import { ask, askAndLeave, CHAT, chatBody, json, until } from '../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'

const rig = {} as { gateway: TestGateway }
beforeAll(async () => {
  rig.gateway = await startTestGateway({}, { refusalsPerMinute: 3 })
  return rig.gateway.stop
})

interface Report {
  rows: Record<string, unknown>[]
  total: Record<string, unknown>
}

async function read<Result>(path: string): Promise<Result> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
  return json<Result>(await fetch(`${rig.gateway.address}/edge${path}`, { headers }))
}

function post(key: string, path: string, body: unknown, method = 'POST') {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  return fetch(rig.gateway.address + path, { method, headers, body: JSON.stringify(body) })
}

it.each([
  ['before the response', 'fault-slow-3000', 'asked'],
  ['in the middle of a stream', 'fault-trickle-200', 'answered'],
] as const)('A caller that left %s has a row with status 0.', async (_, model, when) => {
  const { id, key } = await rig.gateway.issueKey()
  const body = { ...chatBody(model, 'one two three four five six seven eight'), stream: true }
  await askAndLeave({ address: rig.gateway.address, key, path: CHAT, body }, when)
  let rows: Report['rows'] = []
  await until('the request is logged', async () => {
    rows = (await read<Report>(`/requests?key=${id}`)).rows
    return rows.length === 1
  })
  expect(rows).toMatchObject([{ status: 0, ending: 'left' }])
})

it('A refusal with 401 of a disabled key has no row, and counts nowhere.', async () => {
  const { id, key } = await rig.gateway.issueKey()
  await (
    await ask({ address: rig.gateway.address, key, path: CHAT, body: chatBody('qwen-plus', 'x') })
  ).text()
  await until('it is logged', async () => (await read<Report>(`/requests?key=${id}`)).rows.length === 1)
  expect((await post(ADMIN_TOKEN, `/edge/keys/${id}`, { disabled: true }, 'PATCH')).status).toBe(200)
  await until('the key is refused', async () => {
    return (await post(key, CHAT, chatBody('qwen-plus', 'x'))).status === 401
  })
  // Whatever was recorded of it would come with this refusal, which is recorded later.
  expect((await post(ADMIN_TOKEN, `/edge/keys/${id}`, { disabled: false }, 'PATCH')).status).toBe(200)
  await until('the key is refused for its body', async () => {
    return (await post(key, CHAT, { model: 'qwen-plus', messages: 'none' })).status === 400
  })
  await until('that is logged', async () => {
    return (await read<Report>(`/requests?key=${id}&status=400`)).rows.length > 0
  })
  expect((await read<Report>(`/requests?key=${id}&status=401`)).rows).toEqual([])
  const { rows } = await read<Report>(`/errors?key=${id}`)
  expect(rows.map(({ status }) => status)).toEqual([400])
})

it('A key that asks for too many explanations is refused for a minute, and the operator is not.', async () => {
  const { id, key } = await rig.gateway.issueKey()
  const request = { method: 'POST', path: CHAT, body: chatBody('qwen-plus', 'x') }
  const statuses: number[] = []
  for (let number = 0; number < 5; number++) {
    statuses.push((await post(key, '/edge/explain', { request })).status)
  }
  expect(statuses).toEqual([200, 200, 200, 429, 429])
  expect((await post(ADMIN_TOKEN, '/edge/explain', { key_id: id, request })).status).toBe(200)
  expect((await read<Report>(`/requests?key=${id}`)).rows).toEqual([])
})
