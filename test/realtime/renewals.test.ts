import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { json, until } from '../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { isEvent, isTaskEvent, openSocket, runSynthesis, taskFrame } from './socket.ts'

const INFERENCE = '/api-ws/v1/inference'
const OMNI = '/api-ws/v1/realtime?model=qwen3-omni-flash-realtime'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ REALTIME_SLICE_SECONDS: '1' })
})
afterAll(() => gateway.stop())

const connect = (path: string, key: string) =>
  openSocket(gateway.address + path, { headers: { authorization: `Bearer ${key}` } })

function asOperator(method: string, path: string): Promise<Response> {
  return fetch(gateway.address + path, { method, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })
}

async function usageOf(id: string): Promise<Record<string, number>> {
  const response = await asOperator('GET', `/edge/usage?key=${id}`)
  return (await json<{ total: Record<string, number> }>(response)).total
}

describe('a session that is renewed', () => {
  it('Acceptance test A7: The session ends in-band once its budget is used up.', async () => {
    const { id, key } = await gateway.issueKey({ limits: { tokens_per_day: 200 } })
    const socket = await connect(OMNI, key)
    await socket.until(isEvent('session.created'))
    const text = 'word '.repeat(200)
    const content = [{ type: 'input_text', text }]
    socket.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } })
    socket.send({ type: 'response.create' })
    await socket.until(isEvent('response.done'))
    expect(await socket.until(isEvent('error'))).toMatchObject({
      error: { code: 'Throttling.AllocationQuota' },
    })
    expect(await socket.closed).toEqual({ code: 1008, reason: 'Throttling.AllocationQuota' })
    const { requests, input_tokens } = await usageOf(id)
    expect(requests).toBe(1)
    expect(input_tokens).toBe(250)
  })

  it('A session ends in-band once the characters of the day are used up, and the next task is refused.', async () => {
    const { id, key } = await gateway.issueKey({ limits: { characters_per_day: 20 } })
    const socket = await connect(INFERENCE, key)
    socket.send(runSynthesis('t1'))
    await socket.until(isTaskEvent('task-started'))
    socket.send(
      taskFrame('continue-task', 't1', { input: { text: 'This sentence is too long for the day.' } }),
    )
    expect(await socket.until(isTaskEvent('task-failed'))).toMatchObject({
      header: { task_id: 't1', error_code: 'Throttling.AllocationQuota' },
    })
    await until('the task is counted', async () => (await usageOf(id)).characters === 38)
    const next = await connect(INFERENCE, key)
    next.send(runSynthesis('t2'))
    expect(await next.until(isTaskEvent('task-failed'))).toMatchObject({
      header: { task_id: 't2', error_code: 'Throttling.AllocationQuota' },
    })
  })

  it('A session ends in-band once the seconds of audio of the day are used up.', async () => {
    const { id, key } = await gateway.issueKey({ limits: { audio_seconds_per_day: 2 } })
    const socket = await connect(OMNI, key)
    await socket.until(isEvent('session.created'))
    const audio = Buffer.alloc(3 * 32_000).toString('base64')
    socket.send({ type: 'input_audio_buffer.append', audio })
    expect(await socket.until(isEvent('error'))).toMatchObject({
      error: { code: 'Throttling.AllocationQuota' },
    })
    await until('the session is settled', async () => (await usageOf(id)).requests === 1)
    expect((await usageOf(id)).seconds).toBe(3)
  })

  it('Acceptance test A19: The session ends when its key is revoked.', async () => {
    const { id, key } = await gateway.issueKey()
    const [session, task] = [await connect(OMNI, key), await connect(INFERENCE, key)]
    await session.until(isEvent('session.created'))
    task.send(runSynthesis('t1'))
    await task.until(isTaskEvent('task-started'))
    expect((await asOperator('DELETE', `/edge/keys/${id}`)).ok).toBe(true)
    expect(await session.until(isEvent('error'))).toMatchObject({ error: { code: 'InvalidApiKey' } })
    expect(await task.until(isTaskEvent('task-failed'))).toMatchObject({
      header: { task_id: 't1', error_code: 'InvalidApiKey' },
    })
    for (const socket of [session, task]) {
      expect(await socket.closed).toEqual({ code: 1008, reason: 'InvalidApiKey' })
    }
  })

  it('Acceptance test A19: A socket that had no task at the renewals takes none after its key was revoked.', async () => {
    const { id, key } = await gateway.issueKey()
    const socket = await connect(INFERENCE, key)
    const openedMs = Date.now()
    socket.send(runSynthesis('t1'))
    await socket.until(isTaskEvent('task-started'))
    socket.send(taskFrame('finish-task', 't1', { input: {} }))
    await socket.until(isTaskEvent('task-finished'))
    expect((await asOperator('DELETE', `/edge/keys/${id}`)).ok).toBe(true)
    // Longer than a slice, shorter than the two after which an idle socket is closed.
    await sleep(openedMs + 1200 - Date.now())
    socket.send(runSynthesis('t2'))
    expect(await socket.until(isTaskEvent('task-failed'))).toMatchObject({
      header: { task_id: 't2', error_code: 'InvalidApiKey' },
    })
    expect(await socket.closed).toEqual({ code: 1008, reason: 'InvalidApiKey' })
  })

  it('Acceptance test A17: An estimate at a renewal is replaced by what DashScope reports.', async () => {
    const { id, key } = await gateway.issueKey({ limits: { tokens_per_day: 100_000 } })
    const socket = await connect(OMNI, key)
    await socket.until(isEvent('session.created'))
    const audio = Buffer.alloc(3 * 32_000).toString('base64')
    socket.send({ type: 'input_audio_buffer.append', audio })
    // Longer than a slice.
    await sleep(1200)
    socket.send({ type: 'response.create' })
    const { response } = (await socket.until(isEvent('response.done'))) as {
      response: { usage: { input_tokens: number; output_tokens: number } }
    }
    socket.close()
    await until('the session is settled', async () => (await usageOf(id)).requests === 1)
    const { input_tokens, output_tokens } = response.usage
    expect(await usageOf(id)).toMatchObject({
      input_tokens,
      output_tokens,
      seconds: 3,
      estimated: 0,
      unpriced: 1,
    })
  })

  it('The session goes on through several renewals and counts as one request.', async () => {
    const { id, key } = await gateway.issueKey({ limits: { requests_per_minute: 1, tokens_per_day: 10_000 } })
    const socket = await connect(OMNI, key)
    await socket.until(isEvent('session.created'))
    socket.send({ type: 'response.create' })
    await socket.until(isEvent('response.done'))
    const counted = (await socket.until(isEvent('response.done'))).response as { usage: object }
    await until('a renewal has charged the response', async () => (await usageOf(id)).output_tokens !== 0)
    const { requests, output_tokens } = await usageOf(id)
    expect(output_tokens).toBe(Reflect.get(counted.usage, 'output_tokens'))
    expect(requests).toBe(0)
    socket.close()
    await until('the session is settled', async () => (await usageOf(id)).requests === 1)
    expect((await usageOf(id)).output_tokens).toBe(output_tokens)
  })
})

describe('a pool of idle sockets', () => {
  it('Acceptance test A16: The pool costs nothing, opens no connection to DashScope and ends by itself.', async () => {
    const { id, key } = await gateway.issueKey({ limits: { requests_in_flight: 1 } })
    const before = (await gateway.calls()).length
    const pool = await Promise.all(Array.from({ length: 9 }, () => connect(INFERENCE, key)))
    expect((await gateway.calls()).length).toBe(before)
    const busy = pool[0]
    busy?.send(runSynthesis('t1'))
    await busy?.until(isTaskEvent('task-started'))
    busy?.send(taskFrame('finish-task', 't1', { input: {} }))
    await busy?.until(isTaskEvent('task-finished'))
    expect((await gateway.calls()).length).toBe(before + 1)
    for (const socket of pool) expect(await socket.closed).toEqual({ code: 1000, reason: 'idle' })
    await until('the task is counted', async () => (await usageOf(id)).requests === 1)
    expect(await usageOf(id)).toMatchObject({ requests: 1, characters: 0, seconds: 0, refused: 0 })
  })
})
