import { randomUUID } from 'node:crypto'
import { describe, expect, inject, it } from 'vitest'
import {
  isEvent,
  isTaskEvent,
  openSocket,
  runRecognition,
  runSynthesis,
  taskFrame,
} from '../realtime/socket.ts'

const connect = (path: string, fault?: string) =>
  openSocket(`${inject('emulatorAddress')}${path}`, {
    headers: { authorization: `Bearer sk-${randomUUID()}`, ...(fault && { 'x-emulator-fault': fault }) },
  })

const inference = (fault?: string) => connect('/api-ws/v1/inference', fault)
const realtime = (model: string, fault?: string) => connect(`/api-ws/v1/realtime?model=${model}`, fault)

/** 16 kHz samples, loud for some milliseconds and then silent. */
function audio(loudMs: number, silentMs: number): Uint8Array {
  const samples = new Int16Array(16 * (loudMs + silentMs)).fill(4000, 0, 16 * loudMs)
  return new Uint8Array(samples.buffer)
}

describe('the emulated /api-ws/v1/inference', () => {
  it('Speech is synthesised sentence by sentence with cumulative characters.', async () => {
    const socket = await inference()
    socket.send(runSynthesis('t1'))
    await socket.until(isTaskEvent('task-started'))
    socket.send(taskFrame('continue-task', 't1', { input: { text: 'Hi. 你好' } }))
    socket.send(taskFrame('finish-task', 't1', { input: {} }))
    const finished = await socket.until(isTaskEvent('task-finished'))
    expect(finished.payload).toEqual({ output: {}, usage: { characters: 3 + 1 + 4 } })
    expect(socket.binary.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(6 * 3200)
    socket.close()
  })

  it('Speech is recognised, and the end of each sentence reports its seconds.', async () => {
    const socket = await inference()
    socket.send(runRecognition())
    await socket.until(isTaskEvent('task-started'))
    socket.sendBytes(audio(500, 900))
    const result = await socket.until(isTaskEvent('result-generated'))
    expect(result).toMatchObject({
      payload: { usage: { duration: 2 }, output: { sentence: { sentence_end: true } } },
    })
    socket.send(taskFrame('finish-task', 't1', { input: {} }))
    expect((await socket.until(isTaskEvent('task-finished'))).payload).toEqual({ output: {}, usage: null })
    socket.close()
  })

  it.each([
    ['an unknown model', runSynthesis('t1', 'nonesuch'), 'ModelNotFound'],
    ['a model of /realtime', runSynthesis('t1', 'qwen3-omni-flash-realtime'), 'InvalidParameter'],
    ['a frame before the task', taskFrame('continue-task', 't1', { input: {} }), 'InvalidParameter'],
    ['text that is not JSON', 'x', 'InvalidParameter'],
  ])('The emulator refuses %s with task-failed and closes.', async (_, frame, code) => {
    const socket = await inference()
    socket.send(frame)
    expect(await socket.until(isTaskEvent('task-failed'))).toMatchObject({ header: { error_code: code } })
    await socket.closed
  })

  it('Two tasks run at once on one socket.', async () => {
    const socket = await inference()
    for (const id of ['t1', 't2']) socket.send(runSynthesis(id))
    await socket.until(
      (message) => isTaskEvent('task-started')(message) && JSON.stringify(message).includes('t2'),
    )
    for (const id of ['t1', 't2']) socket.send(taskFrame('finish-task', id, { input: {} }))
    await socket.until(
      (message) => isTaskEvent('task-finished')(message) && JSON.stringify(message).includes('t2'),
    )
    expect(socket.messages.filter(isTaskEvent('task-finished'))).toHaveLength(2)
    socket.close()
  })
})

describe('the emulated /api-ws/v1/realtime', () => {
  it('A turn with audio is answered and its tokens are reported.', async () => {
    const socket = await realtime('qwen3-omni-flash-realtime')
    await socket.until(isEvent('session.created'))
    socket.send({ type: 'session.update', session: { voice: 'Ethan' } })
    expect(await socket.until(isEvent('session.updated'))).toMatchObject({ session: { voice: 'Ethan' } })
    socket.send({
      type: 'input_audio_buffer.append',
      audio: Buffer.from(audio(1000, 900)).toString('base64'),
    })
    const done = await socket.until(isEvent('response.done'))
    expect(done).toMatchObject({
      response: { usage: { input_tokens_details: { audio_tokens: Math.ceil(25 * 1.9) } } },
    })
    socket.close()
  })

  it('Appended text is spoken, and the session finishes.', async () => {
    const socket = await realtime('qwen3-tts-flash-realtime')
    socket.send({ type: 'input_text_buffer.append', text: 'Hello. And' })
    socket.send({ type: 'session.finish' })
    await socket.until(isEvent('session.finished'))
    const usage = socket.messages
      .filter(isEvent('response.done'))
      .map(({ response }) => (response as { usage: unknown }).usage)
    expect(usage).toEqual([{ characters: 6 }, { characters: 4 }])
    socket.close()
  })

  it('The session survives an invalid request and ends after a server error.', async () => {
    const socket = await realtime('qwen3-omni-flash-realtime')
    socket.send({ type: 'nonesuch' })
    expect(await socket.until(isEvent('error'))).toMatchObject({ error: { type: 'invalid_request_error' } })
    socket.send({ type: 'session.update', session: {} })
    await socket.until(isEvent('session.updated'))
    socket.close()
    const failing = await realtime('qwen3-omni-flash-realtime', 'server')
    failing.send({ type: 'session.update', session: {} })
    expect(await failing.closed).toMatchObject({ code: 1011 })
  })

  it('An upgrade is refused without a model, without a key and by a fault.', async () => {
    await expect(connect('/api-ws/v1/realtime')).rejects.toThrow('refused')
    await expect(realtime('qwen3-omni-flash-realtime', 'upgrade-429')).rejects.toThrow('refused')
    await expect(openSocket(`${inject('emulatorAddress')}/api-ws/v1/inference`, {})).rejects.toThrow(
      'refused',
    )
  })
})
