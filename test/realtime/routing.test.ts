import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { until } from '../harness/caller.ts'
import { ADMIN_TOKEN, type EmulatorCall, startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { json, type PlainUpstream, startPlainUpstream } from '../harness/plain-upstream.ts'
import { isEvent, isTaskEvent, openSocket, runSynthesis, taskFrame } from './socket.ts'

const OMNI = '/api-ws/v1/realtime?model=qwen3-omni-flash-realtime'

/** Beijing refuses every upgrade; Singapore and Virginia are the emulator, each with an account of its own. */
let beijing: PlainUpstream
let gateway: TestGateway
const keys = { singapore: `sk-${randomUUID()}`, virginia: `sk-${randomUUID()}` }

beforeAll(async () => {
  beijing = await startPlainUpstream()
  gateway = await startTestGateway({
    REGIONS: 'beijing,singapore,virginia',
    DASHSCOPE_BASE_URL: beijing.address,
    DASHSCOPE_API_KEY: 'sk-beijing',
    DASHSCOPE_BASE_URL_SINGAPORE: inject('emulatorAddress'),
    DASHSCOPE_API_KEY_SINGAPORE: keys.singapore,
    DASHSCOPE_BASE_URL_VIRGINIA: inject('emulatorAddress'),
    DASHSCOPE_API_KEY_VIRGINIA: keys.virginia,
  })
})
afterAll(() => Promise.all([gateway.stop(), beijing.stop()]))

beforeEach(async () => {
  beijing.reset()
  await gateway.forgetRegions()
})

async function callsOf(region: keyof typeof keys): Promise<EmulatorCall[]> {
  const headers = { authorization: `Bearer ${keys[region]}` }
  return (await fetch(`${inject('emulatorAddress')}/emulator/calls`, { headers })).json()
}

async function connect(path: string, key?: string) {
  const client = key ?? (await gateway.issueKey()).key
  return openSocket(gateway.address + path, { headers: { authorization: `Bearer ${client}` } })
}

async function converse(): Promise<void> {
  const socket = await connect(OMNI)
  await socket.until(isEvent('session.created'))
  socket.close()
  await socket.closed
}

describe('the region of a socket', () => {
  it('The next region takes a task whose first one fails, and the usage names it.', async () => {
    beijing.answer(json('{"code":"InternalError","message":"m"}', 500))
    const { id, key } = await gateway.issueKey()
    const socket = await connect('/api-ws/v1/inference', key)
    socket.send(runSynthesis('t1'))
    await socket.until(isTaskEvent('task-started'))
    socket.send(taskFrame('finish-task', 't1', { input: {} }))
    await socket.until(isTaskEvent('task-finished'))
    socket.close()
    const report = async () => {
      const response = await fetch(`${gateway.address}/edge/usage?key=${id}&group_by=region`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      })
      return ((await response.json()) as { rows: Record<string, unknown>[] }).rows
    }
    await until('the task is counted', async () => (await report()).length > 0)
    expect(await report()).toMatchObject([{ region: 'singapore', requests: 1 }])
  })

  it('A region that fails five times in a row is left out.', async () => {
    beijing.answer(json('{"code":"InternalError","message":"m"}', 500))
    for (let time = 0; time < 7; time++) await converse()
    expect(beijing.seen).toHaveLength(5)
  })

  it('An account whose key DashScope refuses is left out at once.', async () => {
    beijing.answer(json('{"code":"InvalidApiKey","message":"m"}', 401))
    for (let time = 0; time < 3; time++) await converse()
    expect(beijing.seen).toHaveLength(1)
  })

  it('A refusal that is the fault of the caller is not tried elsewhere.', async () => {
    beijing.answer(json('{"code":"InvalidParameter","message":"The model is wrong."}', 400))
    const before = (await callsOf('singapore')).length
    const socket = await connect(OMNI)
    expect(await socket.until(isEvent('error'))).toMatchObject({
      error: { code: 'InvalidParameter', message: 'The model is wrong.' },
    })
    await socket.closed
    expect(await callsOf('singapore')).toHaveLength(before)
  })

  it('P2: A refusal that quotes the key of the account reaches the caller without it.', async () => {
    beijing.answer(json('{"code":"InvalidParameter","message":"sk-beijing has no such model."}', 400))
    const socket = await connect(OMNI)
    expect(await socket.until(isEvent('error'))).toMatchObject({
      error: { message: '… has no such model.' },
    })
  })

  it('A model of one region goes there.', async () => {
    const before = (await callsOf('virginia')).length
    const socket = await connect(`${OMNI}-us`)
    await socket.until(isEvent('session.created'))
    socket.close()
    expect(beijing.seen).toEqual([])
    expect(await callsOf('virginia')).toHaveLength(before + 1)
  })
})

it.each([
  ['a task', '/api-ws/v1/inference', 'fault-throttle'],
  ['a session', '/api-ws/v1/realtime?model=fault-server', ''],
])('A model is left out where %s fails five times in a row.', async (_, path, model) => {
  const { key } = await gateway.issueKey({ regions: ['singapore', 'virginia'] })
  const before = {
    singapore: (await callsOf('singapore')).length,
    virginia: (await callsOf('virginia')).length,
  }
  for (let time = 0; time < 6; time++) {
    const socket = await connect(path, key)
    socket.send(model === '' ? { type: 'session.update', session: {} } : runSynthesis('t1', model))
    await socket.until((message) => isEvent('error')(message) || isTaskEvent('task-failed')(message))
    socket.close()
    await socket.closed
  }
  expect((await callsOf('singapore')).length - before.singapore).toBe(5)
  expect((await callsOf('virginia')).length - before.virginia).toBe(1)
})
