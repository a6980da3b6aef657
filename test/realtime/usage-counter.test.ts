import { describe, expect, it } from 'vitest'
import { sessionCounter } from '../../src/realtime/session-counter.ts'
import { NO_SOCKET_USAGE, taskCounter } from '../../src/realtime/usage-counter.ts'

const result = (usage: unknown) => ({ header: { event: 'result-generated' }, payload: { usage } })
const say = (text: string) => ({ header: { action: 'continue-task' }, payload: { input: { text } } })
const done = (usage: unknown) => ({ type: 'response.done', response: { usage } })

describe('Acceptance test A17: the usage of a task', () => {
  it('The usage is what DashScope reported for a synthesis that has finished.', () => {
    const counter = taskCounter('synthesis', {}, 0)
    counter.sent(say('Hello 你好'))
    counter.received(result({ characters: 10 }))
    counter.received(result(null))
    expect(counter.usage(true, 0)).toEqual({ ...NO_SOCKET_USAGE, characters: 10 })
  })

  it('The usage is every character that was sent to a synthesis that broke.', () => {
    const counter = taskCounter('synthesis', {}, 0)
    counter.sent(say('Hello 你好'))
    counter.received(result({ characters: 6 }))
    expect(counter.usage(false, 0)).toEqual({ ...NO_SOCKET_USAGE, characters: 10, estimated: true })
  })

  it('The usage is every character that was sent to a synthesis that has finished without a report.', () => {
    const counter = taskCounter('synthesis', {}, 0)
    counter.sent(say('Hello'))
    counter.received(result(null))
    expect(counter.usage(true, 0)).toEqual({ ...NO_SOCKET_USAGE, characters: 5, estimated: true })
  })

  it('A count beyond the exact whole numbers is ignored.', () => {
    const counter = taskCounter('synthesis', {}, 0)
    counter.received(result({ characters: 10 }))
    counter.received(result({ characters: 1e308 }))
    expect(counter.usage(true, 0)).toEqual({ ...NO_SOCKET_USAGE, characters: 10 })
  })

  it('The usage is the last reported duration of a recognition, or the audio that was sent.', () => {
    const counter = taskCounter('recognition', { sample_rate: 16_000 }, 0)
    counter.sentBytes(32_000 * 5)
    counter.received(result({ duration: 3 }))
    counter.received(result(null))
    expect(counter.usage(true, 0)).toEqual({ ...NO_SOCKET_USAGE, seconds: 3 })
    expect(counter.usage(false, 0)).toEqual({ ...NO_SOCKET_USAGE, seconds: 5, estimated: true })
  })

  it.each<[unknown, number]>([
    [Number.MIN_VALUE, 8],
    [8000, 8],
    [48_000, 2],
    [1e12, 2],
    [0, 4],
    [-5, 4],
    [NaN, 4],
    ['8000', 4],
    [null, 4],
  ])('128,000 bytes at a rate of %j count as %d seconds.', (rate, seconds) => {
    const counter = taskCounter('recognition', { sample_rate: rate }, 0)
    counter.sentBytes(128_000)
    expect(counter.usage(false, 0).seconds).toBe(seconds)
  })

  it('Compressed audio counts with the time that has passed, and so does the cap on audio.', () => {
    const counter = taskCounter('recognition', { format: 'opus' }, Date.now() - 60_000)
    expect(counter.audioInSeconds()).toBe(0)
    counter.sentBytes(100)
    expect(counter.audioInSeconds()).toBeGreaterThanOrEqual(60)
    expect(taskCounter('recognition', { format: 'opus' }, 0).usage(false, 5000).seconds).toBe(0)
  })

  it('The usage is the time of a dialogue.', () => {
    expect(taskCounter('dialog', {}, 1000).usage(true, 4500)).toMatchObject({ seconds: 4, estimated: true })
  })
})

describe('Acceptance test A17: the usage of a session', () => {
  it('The usage is the sum over the responses of a conversation.', () => {
    const counter = sessionCounter('qwen3-omni-flash-realtime', 0)
    const usage = {
      input_tokens: 100,
      output_tokens: 40,
      input_tokens_details: { audio_tokens: 60, image_tokens: 10 },
      output_tokens_details: { audio_tokens: 30 },
    }
    counter.received(done(usage))
    counter.received(done(usage))
    expect(counter.usage(false, 0)).toEqual({
      ...NO_SOCKET_USAGE,
      input: 200,
      output: 80,
      audio: 180,
      spoken: 60,
      image: 20,
    })
  })

  it('The usage includes an estimate of a response that has not finished.', () => {
    const counter = sessionCounter('qwen3-omni-flash-realtime', 0)
    counter.sent({ type: 'input_audio_buffer.append', audio: 'A'.repeat((32_000 * 4) / 3) })
    counter.received({ type: 'response.audio.delta', delta: 'A'.repeat((48_000 * 4) / 3) })
    expect(counter.usage(false, 0)).toMatchObject({ input: 25, output: 50, estimated: true })
    counter.received(done({ input_tokens: 25, output_tokens: 50 }))
    expect(counter.usage(false, 0)).toEqual({ ...NO_SOCKET_USAGE, input: 25, output: 50, seconds: 1 })
  })

  it('Text of an unfinished response is estimated by its bytes, as over HTTP.', () => {
    const tokensOf = (text: string) => {
      const counter = sessionCounter('qwen3-omni-flash-realtime', 0)
      counter.sent({ type: 'conversation.item.create', item: { text } })
      return counter.usage(false, 0).input
    }
    expect(tokensOf('a'.repeat(400)) - tokensOf('')).toBe(100)
    expect(tokensOf('你'.repeat(400)) - tokensOf('')).toBe(300)
  })

  it('The usage is the characters of a speech model and the seconds of a transcription model.', () => {
    const speech = sessionCounter('qwen3-tts-flash-realtime', 0)
    speech.received(done({ characters: 7 }))
    expect(speech.usage(false, 0)).toMatchObject({ characters: 7 })
    const transcription = sessionCounter('qwen3-asr-flash-realtime', 0)
    transcription.sent({ type: 'input_audio_buffer.append', audio: 'A'.repeat((32_000 * 4) / 3) })
    expect(transcription.usage(false, 0)).toMatchObject({ seconds: 1 })
  })

  it('The seconds of a transcription follow the rate and format of the session.', () => {
    const append = { type: 'input_audio_buffer.append', audio: 'A'.repeat((32_000 * 4) / 3) }
    const slow = sessionCounter('qwen3-asr-flash-realtime', 0)
    slow.sent(append)
    slow.sent({ type: 'session.update', session: { sample_rate: 8000 } })
    slow.sent(append)
    slow.sent({ type: 'session.update', session: { voice: 'x', sample_rate: '5' } })
    slow.sent(append)
    expect(slow.usage(false, 0)).toMatchObject({ seconds: 5 })
    const coded = sessionCounter('qwen3-asr-flash-realtime', 1000)
    coded.sent({ type: 'session.update', session: { input_audio_format: 'opus' } })
    coded.sent({ type: 'input_audio_buffer.append', audio: 'AAAA' })
    expect(coded.usage(false, 31_000)).toMatchObject({ seconds: 30 })
  })

  it('A response without usage counts by its estimate, also after the next one has reported its own.', () => {
    const counter = sessionCounter('qwen3-omni-flash-realtime', 0)
    const delta = { type: 'response.audio.delta', delta: 'A'.repeat((48_000 * 4) / 3) }
    counter.received(delta)
    counter.received(done(undefined))
    expect(counter.usage(false, 0)).toMatchObject({ output: 50, estimated: true })
    counter.received(delta)
    counter.received(done({ input_tokens: 25, output_tokens: 30 }))
    expect(counter.usage(false, 0)).toMatchObject({ input: 25, output: 80, estimated: true })
    expect(counter.certain(0)).toMatchObject({ output: 80 })
    const speech = sessionCounter('qwen3-tts-flash-realtime', 0)
    speech.sent({ type: 'input_text_buffer.append', text: 'Hello' })
    speech.received(done(undefined))
    expect(speech.usage(false, 0)).toMatchObject({ characters: 5, estimated: true })
  })

  it('Values that are not counts are ignored.', () => {
    const counter = sessionCounter('qwen3-omni-flash-realtime', 0)
    counter.received(done({ input_tokens: '5', output_tokens: -3, input_tokens_details: null }))
    counter.received({ type: 'response.done', response: 'x' })
    expect(counter.usage(false, 0)).toEqual(NO_SOCKET_USAGE)
  })
})
