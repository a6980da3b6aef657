import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { isEvent, isTaskEvent, openSocket, runRecognition, runSynthesis } from './socket.ts'

const OMNI = '/api-ws/v1/realtime?model=qwen3-omni-flash-realtime'
const INFERENCE = '/api-ws/v1/inference'
const MEBIBYTE = 1024 * 1024

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

async function connect(path: string) {
  const { key } = await gateway.issueKey()
  return openSocket(gateway.address + path, { headers: { authorization: `Bearer ${key}` } })
}

describe('Acceptance test A13: what a caller may not send', () => {
  it('A binary frame on /realtime ends the session in-band.', async () => {
    const socket = await connect(OMNI)
    await socket.until(isEvent('session.created'))
    socket.sendBytes(new Uint8Array(3200))
    expect(await socket.until(isEvent('error'))).toMatchObject({ error: { code: 'InvalidParameter' } })
    expect(await socket.closed).toMatchObject({ code: 1008 })
  })

  it('More than 500 frames in a second end the session in-band.', async () => {
    const socket = await connect(OMNI)
    await socket.until(isEvent('session.created'))
    const frame = JSON.stringify({ type: 'input_audio_buffer.append', audio: 'AAAA' })
    for (let sent = 0; sent < 10_000; sent++) socket.send(frame)
    expect(await socket.until(isEvent('error'))).toMatchObject({ error: { code: 'Throttling.RateQuota' } })
    expect(await socket.closed).toMatchObject({ code: 1008 })
  })

  it('A frame of 33 MiB ends the connection, and the task before it is settled.', async () => {
    const socket = await connect(INFERENCE)
    // With a heartbeat, DashScope waits for as long as the frame takes.
    socket.send(runRecognition({ heartbeat: true }))
    await socket.until(isTaskEvent('task-started'))
    socket.send(`{"pad":"${'x'.repeat(33 * MEBIBYTE)}"}`)
    // The runtime closes with 1009; a client that is still writing may find the connection broken instead.
    const { code } = await socket.closed
    expect([1006, 1009]).toContain(code)
    expect(socket.messages.filter(isTaskEvent('task-finished'))).toEqual([])
  })

  it.each([
    ['text that is not JSON', 'hello'],
    ['a list', '[]'],
    ['a number', '7'],
  ])('A frame with %s gets the reason before the connection ends.', async (_, text) => {
    const socket = await connect(INFERENCE)
    socket.send(text)
    expect(await socket.until(isTaskEvent('task-failed'))).toMatchObject({
      header: { error_code: 'InvalidParameter' },
    })
    expect(await socket.closed).toMatchObject({ code: 1008 })
  })
})

it('Acceptance test A15: After a failed task, the same connection takes no task with its id.', async () => {
  const socket = await connect(INFERENCE)
  socket.send(runSynthesis('t1', 'fault-fail-start'))
  expect(await socket.until(isTaskEvent('task-failed'))).toMatchObject({ header: { task_id: 't1' } })
  socket.send(runSynthesis('t1'))
  await socket.closed
  expect(socket.messages.filter(isTaskEvent('task-started'))).toEqual([])
})
