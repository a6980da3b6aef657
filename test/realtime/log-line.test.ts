import { describe, expect, it } from 'vitest'
import { until } from '../harness/caller.ts'
import { useLog } from '../meter/over-http/log-rig.ts'
import { isEvent, isTaskEvent, openSocket, runRecognition, runSynthesis, taskFrame } from './socket.ts'

const rig = useLog()

function open(path: string, key = rig.client.key) {
  const headers = { authorization: `Bearer ${key}` }
  return openSocket(`${rig.gateway.address}/api-ws/v1${path}`, { headers })
}

async function lines(count: number) {
  await until('the lines are written', () => rig.lines().length === count)
  return rig.lines()
}

it('The log says how much sound came out of each task of a socket.', async () => {
  const socket = await open('/inference')
  for (const [id, text] of [
    ['t1', 'Hello.'],
    ['t2', 'Hello you.'],
  ] as const) {
    socket.send(runSynthesis(id))
    const isOfTask = (name: string) => (message: Record<string, unknown>) =>
      isTaskEvent(name)(message) && JSON.stringify(message).includes(id)
    await socket.until(isOfTask('task-started'))
    socket.send(taskFrame('continue-task', id, { input: { text } }))
    socket.send(taskFrame('finish-task', id, { input: {} }))
    await socket.until(isOfTask('task-finished'))
  }
  socket.close()
  const sound = socket.binary.reduce((sum, { byteLength }) => sum + byteLength, 0)
  expect(await lines(2)).toMatchObject([
    { endpoint: 'inference', task_id: 't1', status: 101, audio_out_bytes: 6 * 3200 },
    { endpoint: 'inference', task_id: 't2', status: 101, audio_out_bytes: sound - 6 * 3200 },
  ])
  // Both frames with text, the three around the sentence, and 100 ms of audio for each character.
  expect(rig.lines()).toMatchObject([
    { frames_up: 3, frames_down: 5 + 6 },
    { frames_up: 3, frames_down: 5 + 10 },
  ])
  expect(rig.lines().every((line) => !('audio_in_seconds' in line))).toBe(true)
  expect(rig.lines().map(({ usage }) => usage)).toEqual([{ characters: 6 }, { characters: 10 }])
})

it('The log counts the frames of each task, even if another one runs on the same socket.', async () => {
  const socket = await open('/inference')
  const isOfTask = (name: string, id: string) => (message: Record<string, unknown>) =>
    isTaskEvent(name)(message) && JSON.stringify(message).includes(id)
  for (const id of ['t2', 't3']) {
    socket.send(runSynthesis(id))
    await socket.until(isOfTask('task-started', id))
  }
  socket.send(taskFrame('continue-task', 't3', { input: { text: 'Hello.' } }))
  await socket.until(isOfTask('result-generated', 't3'))
  for (const id of ['t3', 't2']) {
    socket.send(taskFrame('finish-task', id, { input: {} }))
    await socket.until(isOfTask('task-finished', id))
  }
  socket.close()
  const [long, short] = await lines(2)
  expect(long).toMatchObject({
    task_id: 't3',
    currency: 'CNY',
    frames_up: 3,
    frames_down: 5 + 6,
    audio_out_bytes: 6 * 3200,
  })
  expect(short).toMatchObject({ task_id: 't2', frames_up: 2, frames_down: 2 })
  expect(short).not.toHaveProperty('audio_out_bytes')
})

it('The log says how many seconds of sound a recognition was given.', async () => {
  const socket = await open('/inference')
  socket.send(runRecognition())
  await socket.until(isTaskEvent('task-started'))
  for (let tenth = 0; tenth < 15; tenth++) socket.sendBytes(new Uint8Array(3200).fill(tenth + 1))
  socket.send(taskFrame('finish-task', 't1', { input: {} }))
  await socket.until(isTaskEvent('task-finished'))
  socket.close()
  const [line] = await lines(1)
  expect(line).toMatchObject({ task_id: 't1', audio_in_seconds: 1.5 })
  expect(line).not.toHaveProperty('audio_out_bytes')
})

it('The log of a conversation counts the sound inside of events.', async () => {
  const socket = await open('/realtime?model=qwen3-omni-flash-realtime')
  await socket.until(isEvent('session.created'))
  socket.send({ type: 'input_audio_buffer.append', audio: Buffer.alloc(32_000).toString('base64') })
  socket.send({
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
  })
  socket.send({ type: 'response.create' })
  await socket.until(isEvent('response.done'))
  socket.close()
  const deltas = socket.messages.filter(isEvent('response.audio.delta')).map(({ delta }) => String(delta))
  const sound = deltas.reduce((sum, delta) => sum + (delta.length * 3) / 4, 0)
  expect(sound).toBeGreaterThan(0)
  expect(await lines(1)).toMatchObject([
    { endpoint: 'realtime', audio_in_seconds: 1, audio_out_bytes: sound },
  ])
})

describe('the ending of a task in the log', () => {
  it('It is `cut` with the code if the gateway ends the task because of a rule.', async () => {
    const { key } = await rig.gateway.issueKey({ caps: { audio_seconds: 1 } })
    const socket = await open('/inference', key)
    socket.send(runRecognition())
    await socket.until(isTaskEvent('task-started'))
    socket.sendBytes(new Uint8Array(32_002))
    await socket.until(isTaskEvent('task-failed'))
    expect(await lines(1)).toMatchObject([{ status: 101, ending: 'cut', code: 'AccessDenied' }])
    socket.close()
  })

  it.each([
    ['the task', 'nonesuch', 'ModelNotFound'],
    ['the connection', 'fault-upgrade-429', 'Throttling.RateQuota'],
  ])('It is `refused` with the code if DashScope refuses %s.', async (_, model, code) => {
    const path = model === 'nonesuch' ? '/inference' : `/realtime?model=${model}`
    const socket = await open(path)
    if (model === 'nonesuch') socket.send(runSynthesis('t1', model))
    await socket.until((message) => isTaskEvent('task-failed')(message) || isEvent('error')(message))
    expect(await lines(1)).toMatchObject([{ status: 101, ending: 'refused', code }])
    socket.close()
  })

  it('It is `broken` with the code if DashScope fails after the start.', async () => {
    const socket = await open('/inference')
    socket.send(runSynthesis('t1', 'fault-die'))
    await socket.until(isTaskEvent('task-started'))
    socket.send(taskFrame('continue-task', 't1', { input: { text: 'Hello.' } }))
    await socket.until(isTaskEvent('task-failed'))
    expect(await lines(1)).toMatchObject([{ ending: 'broken', code: 'InternalError.Upstream' }])
    socket.close()
  })

  it('A task that the policy refuses is logged like a refused request.', async () => {
    const { key } = await rig.gateway.issueKey({ models: ['qwen*'] })
    const socket = await open('/inference', key)
    socket.send(runSynthesis('t1'))
    await socket.until(isTaskEvent('task-failed'))
    expect(await lines(1)).toMatchObject([{ status: 403, ending: 'refused', reason: 'modelDenied' }])
    socket.close()
  })
})
