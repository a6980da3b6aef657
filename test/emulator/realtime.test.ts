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

  it('A question about the weather calls a tool, and its result is read.', async () => {
    const socket = await realtime('qwen3-omni-flash-realtime')
    await socket.until(isEvent('session.created'))
    const parameters = { type: 'object', properties: { city: { type: 'string' } } }
    const tools = [{ type: 'function', name: 'get_weather', description: 'The weather', parameters }]
    socket.send({ type: 'session.update', session: { tools } })
    const content = [{ type: 'input_text', text: 'What is the weather in Paris?' }]
    socket.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } })
    socket.send({ type: 'response.create' })
    const called = await socket.until(isEvent('response.function_call_arguments.done'))
    expect(called).toMatchObject({ name: 'get_weather', arguments: '{"city": "Paris"}' })
    expect(await socket.until(isEvent('response.done'))).toMatchObject({
      response: { output: [{ type: 'function_call', call_id: called.call_id, name: 'get_weather' }] },
    })
    const item = { type: 'function_call_output', call_id: called.call_id, output: 'sunny' }
    socket.send({ type: 'conversation.item.create', item })
    socket.send({ type: 'response.create' })
    expect(await socket.until(isEvent('response.audio_transcript.delta'))).toMatchObject({
      delta: 'You said: sunny (images 0)',
    })
    socket.close()
  })

  it('A response that is cancelled reports what was made.', async () => {
    const socket = await realtime('qwen3-omni-flash-realtime', 'slow')
    await socket.until(isEvent('session.created'))
    socket.send({ type: 'response.cancel' })
    expect(await socket.until(isEvent('error'))).toMatchObject({ error: { code: 'invalid_value' } })
    socket.send({ type: 'response.create' })
    await socket.until(isEvent('response.audio.delta'))
    socket.send({ type: 'response.cancel' })
    const { response } = (await socket.until(isEvent('response.done'))) as {
      response: Record<string, unknown>
    }
    expect(response.status).toBe('cancelled')
    expect(response.usage).toMatchObject({
      output_tokens_details: {
        audio_tokens: 5 * socket.messages.filter(isEvent('response.audio.delta')).length,
      },
    })
    socket.close()
  })

  it('Recognised and translated speech is sent as text.', async () => {
    const append = {
      type: 'input_audio_buffer.append',
      audio: Buffer.from(audio(500, 900)).toString('base64'),
    }
    const recognition = await realtime('qwen3-asr-flash-realtime')
    recognition.send(append)
    const text = await recognition.until(isEvent('conversation.item.input_audio_transcription.text'))
    expect(text.stash).toMatch(/^samples=\d+ peak=4000$/)
    recognition.close()
    const translation = await realtime('qwen3-livetranslate-flash-realtime')
    translation.send(append)
    expect((await translation.until(isEvent('response.text.delta'))).delta).toMatch(/^\[en\] samples=/)
    translation.close()
  })

  it('An unknown modality is refused, and the session keeps its own.', async () => {
    const socket = await realtime('qwen3-omni-flash-realtime')
    socket.send({ type: 'session.update', session: { modalities: ['smell'] } })
    expect(await socket.until(isEvent('error'))).toMatchObject({ error: { param: 'session.modalities' } })
    socket.send({ type: 'session.update', session: { voice: 'Ethan' } })
    expect(await socket.until(isEvent('session.updated'))).toMatchObject({
      session: { modalities: ['text', 'audio'] },
    })
    socket.close()
  })

  it.each([
    ['fail-start', 'InternalError'],
    ['throttle', 'Throttling.RateQuota'],
  ])('With the fault %s a session begins with an error and ends.', async (fault, code) => {
    const socket = await realtime('qwen3-omni-flash-realtime', fault)
    expect(await socket.until(isEvent('error'))).toMatchObject({ error: { type: 'server_error', code } })
    expect(await socket.closed).toMatchObject({ code: 1011 })
    expect(socket.messages.filter(isEvent('session.created'))).toEqual([])
  })

  it('With the fault die a session ends after the first piece of audio.', async () => {
    const socket = await realtime('qwen3-omni-flash-realtime', 'die')
    socket.send({ type: 'response.create' })
    expect(await socket.closed).toMatchObject({ code: 1011 })
    expect(socket.messages.filter(isEvent('response.audio.delta'))).toHaveLength(1)
  })

  it('An upgrade is refused without a model, without a key and by a fault.', async () => {
    await expect(connect('/api-ws/v1/realtime')).rejects.toThrow('refused')
    await expect(realtime('qwen3-omni-flash-realtime', 'upgrade-429')).rejects.toThrow('refused')
    await expect(openSocket(`${inject('emulatorAddress')}/api-ws/v1/inference`, {})).rejects.toThrow(
      'refused',
    )
  })
})
