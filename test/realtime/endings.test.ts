import { describe, expect, it } from 'vitest'
import { json, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'
import { openRawSocket } from './raw-socket.ts'
import { isEvent, isTaskEvent, openSocket, runRecognition, runSynthesis, taskFrame } from './socket.ts'

const rig = useOwnGateway()
const INFERENCE = '/api-ws/v1/inference'
const OMNI = '/api-ws/v1/realtime?model=qwen3-omni-flash-realtime'

const connect = (path: string, key: string) =>
  openSocket(rig.gateway.address + path, { headers: { authorization: `Bearer ${key}` } })

async function usageOf(id: string): Promise<Record<string, number>> {
  const response = await fetch(`${rig.gateway.address}/edge/usage?key=${id}`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  })
  return (await json<{ total: Record<string, number> }>(response)).total
}

/** Waits until the newest connection to DashScope has ended, and says how. */
async function upstreamEnding(): Promise<string> {
  let outcome = 'open'
  await until('the connection to DashScope ends', async () => {
    outcome = (await rig.gateway.calls()).at(-1)?.outcome ?? 'open'
    return outcome !== 'open'
  })
  return outcome
}

describe('a caller that leaves', () => {
  it('Acceptance test A4: A close during a task ends the upstream connection and is settled once.', async () => {
    const { id, key } = await rig.gateway.issueKey()
    const socket = await connect(INFERENCE, key)
    socket.send(runSynthesis('t1'))
    await socket.until(isTaskEvent('task-started'))
    socket.send(taskFrame('continue-task', 't1', { input: { text: 'Hello there' } }))
    socket.close(1000)
    expect(await upstreamEnding()).toBe('left')
    await until('the task is settled', async () => (await usageOf(id)).requests === 1)
    expect(await usageOf(id)).toMatchObject({ requests: 1, left: 1, characters: 11, estimated: 1 })
  })

  it('Acceptance test A4: A reset during a task ends the upstream connection and is settled once.', async () => {
    const { id, key } = await rig.gateway.issueKey()
    const before = (await rig.gateway.calls()).length
    const { connection, send } = await openRawSocket(rig.gateway.address + INFERENCE, {
      authorization: `Bearer ${key}`,
    })
    send(runSynthesis('t1'))
    await until('DashScope has begun', async () => ((await rig.gateway.calls())[before]?.frames ?? 0) > 0)
    connection.resetAndDestroy()
    expect(await upstreamEnding()).toBe('left')
    await until('the task is settled', async () => (await usageOf(id)).requests === 1)
    expect(await usageOf(id)).toMatchObject({ requests: 1, left: 1 })
  })

  it('Acceptance test A4: A caller that leaves between two responses of a conversation ends it completely.', async () => {
    const { id, key } = await rig.gateway.issueKey()
    const socket = await connect(OMNI, key)
    await socket.until(isEvent('session.created'))
    socket.send({ type: 'response.create' })
    await socket.until(isEvent('response.done'))
    socket.close()
    expect(await upstreamEnding()).toBe('left')
    await until('the session is settled', async () => (await usageOf(id)).requests === 1)
    expect(await usageOf(id)).toMatchObject({ requests: 1, left: 0, broken: 0 })
  })
})

it('A session continues beyond the time limit of the upgrade, and DashScope not answering one is reported in-band.', {
  timeout: 30_000,
}, async () => {
  const { key } = await rig.gateway.issueKey()
  const session = await connect(OMNI, key)
  await session.until(isEvent('session.created'))
  const stalled = await connect('/api-ws/v1/realtime?model=fault-upgrade-stall', key)
  expect(await stalled.until(isEvent('error'))).toMatchObject({
    error: { type: 'server_error', code: 'InternalError.Upstream' },
  })
  // The session is now older than the time limit.
  session.send({ type: 'response.create' })
  await session.until(isEvent('response.done'))
  session.close()
})

it('Acceptance test A17: A response that the caller cancels is charged with what DashScope reports.', async () => {
  const { id, key } = await rig.gateway.issueKey()
  const socket = await connect('/api-ws/v1/realtime?model=fault-slow', key)
  await socket.until(isEvent('session.created'))
  socket.send({ type: 'response.create' })
  await socket.until(isEvent('response.audio.delta'))
  socket.send({ type: 'response.cancel' })
  const { response } = (await socket.until(isEvent('response.done'))) as {
    response: { status: string; usage: { input_tokens: number; output_tokens: number } }
  }
  expect(response.status).toBe('cancelled')
  socket.close()
  await until('the session is settled', async () => (await usageOf(id)).requests === 1)
  const { input_tokens, output_tokens } = response.usage
  expect(await usageOf(id)).toMatchObject({ input_tokens, output_tokens, estimated: 0, broken: 0, left: 0 })
})

describe('limits of a key on connections', () => {
  it('A key has at most 64 open connections, and another one as soon as one of them has ended.', async () => {
    const { key } = await rig.gateway.issueKey()
    const sockets = await Promise.all(Array.from({ length: 64 }, () => connect(INFERENCE, key)))
    const refused = await connect(INFERENCE, key)
    refused.send(runSynthesis('t1'))
    expect(await refused.until(isTaskEvent('task-failed'))).toMatchObject({
      header: { task_id: 't1', error_code: 'Throttling.RateQuota' },
    })
    for (const socket of sockets) socket.close()
    await Promise.all(sockets.map(({ closed }) => closed))
    await until('a place is free', async () => {
      const socket = await connect(INFERENCE, key)
      socket.send(runSynthesis('t1'))
      const first = await socket.until((message) => message.header !== undefined)
      socket.close()
      return isTaskEvent('task-started')(first)
    })
  })

  it('A task ends when it sends more audio than its cap allows.', async () => {
    const { key } = await rig.gateway.issueKey({ caps: { audio_seconds: 1 } })
    const socket = await connect(INFERENCE, key)
    socket.send(runRecognition())
    await socket.until(isTaskEvent('task-started'))
    socket.sendBytes(new Uint8Array(32_000))
    socket.sendBytes(new Uint8Array(2))
    expect(await socket.until(isTaskEvent('task-failed'))).toMatchObject({
      header: { task_id: 't1', error_code: 'AccessDenied' },
    })
    expect(await socket.closed).toMatchObject({ code: 1008 })
  })

  it('A session ends when it is open longer than its cap allows.', async () => {
    const { key } = await rig.gateway.issueKey({ caps: { session_seconds: 1 } })
    const socket = await connect(OMNI, key)
    expect(await socket.until(isEvent('error'))).toMatchObject({ error: { code: 'AccessDenied' } })
    expect(await socket.closed).toMatchObject({ code: 1008, reason: 'AccessDenied' })
  })

  it('An alias may name the model of a task.', async () => {
    const { key } = await rig.gateway.issueKey({
      models: ['cosyvoice-*'],
      aliases: { 'tts-1': 'cosyvoice-v3-flash' },
    })
    const socket = await connect(INFERENCE, key)
    socket.send(runSynthesis('t1', 'tts-1'))
    await socket.until(isTaskEvent('task-started'))
    socket.close()
  })
})
