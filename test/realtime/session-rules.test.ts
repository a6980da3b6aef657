import { describe, expect, it } from 'vitest'
import { readTextFrame } from '../../src/realtime/frame.ts'
import { decideSessionFrame, ownConfiguration } from '../../src/realtime/session-frames.ts'
import { decideTaskFrame } from '../../src/realtime/task-frames.ts'
import { decideSession, errorOf, rulesOf, STATE } from './decide.ts'

describe('a length that a session token fixes', () => {
  const frozen = { parameters: { max_tokens: 50 } }
  const caps = { caps: { max_tokens: 100 } }

  it('The length is configured, and not the larger one of a cap.', () => {
    expect(JSON.parse(ownConfiguration(rulesOf(caps, frozen)) ?? '').session).toEqual({ max_tokens: 50 })
    const decision = decideSession({ type: 'session.update', session: {} }, caps, frozen)
    expect(decision.kind === 'forward' && JSON.parse(decision.frame.text).session).toEqual({ max_tokens: 50 })
  })

  it('A cap that is smaller than the length holds.', () => {
    const tight = { caps: { max_tokens: 40 } }
    expect(JSON.parse(ownConfiguration(rulesOf(tight, frozen)) ?? '').session).toEqual({ max_tokens: 40 })
    const decision = decideSession({ type: 'session.update', session: { voice: 'a' } }, tight, frozen)
    expect(decision.kind === 'forward' && JSON.parse(decision.frame.text).session).toEqual({
      max_tokens: 40,
      voice: 'a',
    })
  })

  it.each([
    { type: 'session.update', session: { max_response_output_tokens: 9000 } },
    { type: 'session.update', session: { max_output_tokens: 'inf' } },
    { type: 'response.create', response: { max_output_tokens: 51 } },
  ])('The length holds under every other name of it: %j is refused.', (body) => {
    expect(errorOf(decideSession(body, {}, frozen))).toContain('the session token freezes it to 50')
  })
})

describe('an alias in a frame', () => {
  const policy = {
    models: ['qwen*', 'gummy*', 'cosy*'],
    aliases: { rt: STATE.model, 'whisper-1': 'gummy-1' },
  }

  it('The models of a session are replaced by those that the aliases stand for, and every other character stays.', () => {
    const text = (model: string, one: string, other: string) =>
      `{"type" : "session.update","session":{"model":"${model}" , "input_audio_transcription":{"x":1.0,"model":"${one}"},"audio":{"input":{"transcription":{"model": "${other}"}}}}}`
    const frame = readTextFrame(text('rt', 'whisper-1', 'whisper-1'))
    const decision = decideSessionFrame(frame, STATE, rulesOf(policy))
    expect(decision.kind === 'forward' && decision.frame.text).toBe(text(STATE.model, 'gummy-1', 'gummy-1'))
  })

  it('An alias of a model that the key may not use, or of another connection, is refused.', () => {
    const other = { ...policy, aliases: { rt: 'qwen-other', 'whisper-1': 'paraformer' } }
    for (const session of [{ model: 'rt' }, { input_audio_transcription: { model: 'whisper-1' } }]) {
      expect(decideSession({ type: 'session.update', session }, other).kind).toBe('refuse')
    }
  })

  it('The model in a later frame of a task is replaced too.', () => {
    const rules = rulesOf({ ...policy, aliases: { 'tts-1': 'cosyvoice-v3-flash' } })
    const frame = readTextFrame(
      '{"header":{"action":"continue-task","task_id":"t1"},"payload":{"model":"tts-1","input":{}}}',
    )
    const decision = decideTaskFrame(frame, new Set(['t1']), new Set(['t1']), rules)
    expect(decision.kind === 'forward' && decision.frame.body.payload).toEqual({
      model: 'cosyvoice-v3-flash',
      input: {},
    })
  })
})
