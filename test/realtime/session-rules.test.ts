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

describe('what a session token fixes', () => {
  const frozen = { system: 'Be brief.', parameters: { voice: 'Cherry', turn_detection: null } }

  it.each([
    [
      { type: 'session.update', session: { audio: { output: { voice: 'Ethan' } } } },
      'session.audio.output.voice',
    ],
    [
      { type: 'response.create', response: { audio: { output: { voice: 'Ethan' } } } },
      'response.audio.output.voice',
    ],
    [
      { type: 'session.update', session: { audio: { input: { turn_detection: { type: 'server_vad' } } } } },
      'session.audio.input.turn_detection',
    ],
    [
      { type: 'response.create', response: { input: [{ type: 'message', role: 'system' }] } },
      'response.input.role',
    ],
    [{ type: 'conversation.item.create', item: { role: 'system', content: [] } }, 'item.role'],
    [{ type: 'conversation.item.create', item: { type: 'x', role: 'developer' } }, 'item.role'],
  ])('It holds in the newer generation of the protocol and without a type: %j is refused.', (body, param) => {
    expect(errorOf(decideSession(body, {}, frozen))).toContain(`${param}: the session token freezes`)
  })

  it.each([
    {
      type: 'session.update',
      session: { audio: { output: { voice: 'Cherry' }, input: { turn_detection: null } } },
    },
    { type: 'response.create', response: { input: [{ type: 'message', role: 'user' }] } },
    { type: 'conversation.item.create', item: { type: 'function_call_output', output: '1' } },
  ])('It lets the same values and everything else pass: %j', (body) => {
    expect(decideSession(body, {}, frozen).kind).toBe('forward')
  })
})

describe('media in a session', () => {
  const item = (...content: object[]) => ({
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content },
  })
  const image = { type: 'input_image', image_url: 'https://example.com/a.png' }
  const audio = { type: 'input_audio', audio: 'AAAAA' }

  it.each([
    ['two images in an item', item(image, image), { media_parts: 1 }],
    ['audio in an item', item(audio), { media_bytes: 4 }],
    [
      'recordings of voices',
      { type: 'session.update', session: { voiceprint_audio_urls: ['a', 'b'] } },
      { media_parts: 1 },
    ],
    [
      'an item of a response',
      { type: 'response.create', response: { input: [{ content: [image, audio] }] } },
      { media_parts: 1 },
    ],
  ])('%s count against the caps of the key.', (_, body, caps) => {
    expect(errorOf(decideSession(body, { caps }))).toContain('media: this key allows at most')
  })

  it('Media behind a URL have no bytes, and text is no media.', () => {
    const body = item(image, { type: 'input_text', text: 'Hello' })
    expect(decideSession(body, { caps: { media_bytes: 4, media_parts: 1 } }).kind).toBe('forward')
  })

  it('Media add up until the next response.', () => {
    const rules = rulesOf({ caps: { media_parts: 1 } })
    const append = readTextFrame('{"type":"input_image_buffer.append","image":"a"}')
    const first = decideSessionFrame(append, STATE, rules)
    const state = first.kind === 'forward' ? first.state : STATE
    expect(decideSessionFrame(readTextFrame(JSON.stringify(item(image))), state, rules).kind).toBe('refuse')
    const asked = decideSessionFrame(readTextFrame('{"type":"response.create"}'), state, rules)
    const after = asked.kind === 'forward' ? asked.state : state
    expect(decideSessionFrame(append, after, rules).kind).toBe('forward')
  })
})
