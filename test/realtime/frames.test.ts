import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/errors.ts'
import type { Policy } from '../../src/policy/key-record.ts'
import { readTextFrame } from '../../src/realtime/frame.ts'
import { ownConfiguration } from '../../src/realtime/session-frames.ts'
import { decideTaskFrame } from '../../src/realtime/task-frames.ts'
import { decideSession, decideTask, errorOf, none, rulesOf, run } from './decide.ts'

describe('a text frame', () => {
  it.each([
    ['[]', 'The frame must be a JSON object.'],
    ['x', 'The frame is not JSON. Send one JSON object per text frame.'],
    [
      '{"payload":{"model":"a","model":"b"}}',
      'payload.model: the key is repeated in one object. Send each key once.',
    ],
    [
      '{"payload":{"model":"a","\\u006dodel":"b"}}',
      'payload.model: the key is repeated in one object. Send each key once.',
    ],
  ])('Acceptance test A8: The frame %s is refused.', (text, message) => {
    expect(() => readTextFrame(text)).toThrow(GatewayError)
    try {
      readTextFrame(text)
    } catch (error) {
      expect(String(error)).toContain(message.split(':')[0])
    }
  })
})

it('The size of a frame is counted in bytes.', () => {
  const text = `{"pad":"${'你'.repeat(400_000)}"}`
  expect(text.length).toBeLessThan(1024 * 1024)
  expect(() => readTextFrame(text)).toThrow('The text frame is too large')
})

describe('a run-task frame', () => {
  it('The frame passes unchanged without a policy.', () => {
    const frame = run({ model: 'cosyvoice-v3-flash', input: {} })
    expect(decideTaskFrame(frame, none, none, rulesOf())).toMatchObject({
      kind: 'start',
      task: 'synthesis',
      frame: { text: frame.text },
    })
  })

  it('The frame is refused for a model that the key may not use.', () => {
    expect(
      errorOf(decideTask({ model: 'sambert-zhichu-v1', input: {} }, { models: ['cosyvoice-*'] })),
    ).toContain('"sambert-zhichu-v1"')
  })

  it('The model of an application is taken from its id.', () => {
    const payload = { task: 'multimodal-generation', model: null, input: { app_id: 'a1' } }
    expect(decideTask(payload, { models: ['app:a1'] })).toMatchObject({
      kind: 'start',
      model: 'app:a1',
      task: 'dialog',
    })
    expect(decideTask(payload, { models: ['app:other'] }).kind).toBe('refuse')
  })

  it('The frame gets the frozen model and parameters and keeps every other character.', () => {
    const text =
      '{ "header":{"action":"run-task","task_id":"t1"}, "payload":{"n":9007199254740993,"model":null,"parameters":{"rate":1.0}} }'
    const frozen = { model: 'cosyvoice-v3-flash', parameters: { voice: 'a' } }
    const decision = decideTaskFrame(readTextFrame(text), none, none, rulesOf({}, frozen))
    expect(decision.kind === 'start' && decision.frame.text).toBe(
      '{ "header":{"action":"run-task","task_id":"t1"}, "payload":{"n":9007199254740993,"model":"cosyvoice-v3-flash","parameters":{"voice":"a","rate":1.0}} }',
    )
  })

  it.each([
    ['another model', { model: 'x' }, { model: 'y' }],
    ['another voice', { model: 'x', parameters: { voice: 'b' } }, { parameters: { voice: 'a' } }],
    ['a system message', { model: 'x' }, { system: 's' }],
  ])('The frame is refused for %s than the token fixes.', (_, payload, frozen) => {
    expect(decideTask(payload, {}, frozen).kind).toBe('refuse')
  })

  it.each(['', 'a b', 'x'.repeat(65)])('The frame is refused with the task id %j', (taskId) => {
    expect(decideTaskFrame(run({ model: 'x' }, taskId), none, none, rulesOf()).kind).toBe('refuse')
  })

  it('The frame is refused with a used id, and while eight tasks are open.', () => {
    const used = new Set(['t1'])
    expect(decideTaskFrame(run({ model: 'x' }), none, used, rulesOf()).kind).toBe('refuse')
    const open = new Set(Array.from({ length: 8 }, (_, index) => `o${index}`))
    expect(decideTaskFrame(run({ model: 'x' }), open, open, rulesOf())).toMatchObject({
      error: { reason: 'rateLimited' },
    })
  })

  it('A workspace that the key does not name is refused.', () => {
    expect(decideTask({ model: 'x', input: { workspace_id: 'w' } }).kind).toBe('refuse')
    expect(decideTask({ model: 'x', input: { workspace_id: 'w' } }, { workspaces: ['w'] }).kind).toBe('start')
  })
})

describe('Acceptance test A9: a frozen system message', () => {
  const frozen = { system: 'Be brief.', parameters: { voice: 'Cherry' } }

  it('The gateway configures the message and writes it into each configuration of the caller.', () => {
    expect(JSON.parse(ownConfiguration(rulesOf({}, frozen)) ?? '')).toEqual({
      type: 'session.update',
      session: { instructions: 'Be brief.', voice: 'Cherry' },
    })
    for (const session of [{}, { instructions: null }, { instructions: 'Be brief.' }, { voice: null }]) {
      const decision = decideSession({ type: 'session.update', session }, {}, frozen)
      expect(decision.kind === 'forward' && JSON.parse(decision.frame.text).session).toEqual({
        instructions: 'Be brief.',
        voice: 'Cherry',
      })
    }
  })

  it.each([
    { type: 'session.update', session: { instructions: 'Other.' } },
    { type: 'session.update', session: { voice: 'Ethan' } },
    { type: 'response.create', response: { instructions: 'Other.' } },
    { type: 'conversation.item.create', item: { type: 'message', role: 'system', content: [] } },
    { type: 'conversation.item.create', item: { type: 'message', role: 'developer', content: [] } },
  ])('The message cannot be changed by %j', (body) => {
    expect(decideSession(body, {}, frozen).kind).toBe('refuse')
  })

  it('A response and a user item pass.', () => {
    for (const body of [
      { type: 'response.create', response: { instructions: null } },
      { type: 'conversation.item.create', item: { type: 'message', role: 'user', content: [] } },
    ]) {
      expect(decideSession(body, {}, frozen).kind).toBe('forward')
    }
  })
})

describe('a session frame', () => {
  it.each([
    [{ type: 'session.update', session: { model: 'other' } }, {}],
    [
      { type: 'session.update', session: { input_audio_transcription: { model: 'gpt-4o' } } },
      { models: ['qwen*'] },
    ],
    [
      { type: 'session.update', session: { audio: { input: { transcription: { model: 'gpt-4o' } } } } },
      { models: ['qwen*'] },
    ],
    [{ type: 'session.update', session: { tools: [{ type: 'function' }] } }, { caps: { tools: false } }],
    [{ type: 'response.create', response: { tools: [{ type: 'function' }] } }, { caps: { tools: false } }],
    [{ type: 'session.update', session: { enable_search: true } }, { caps: { enable_search: false } }],
    [{ type: 'session.update', session: { max_tokens: 200 } }, { caps: { max_tokens: 100 } }],
    [
      { type: 'response.create', response: { max_response_output_tokens: 'inf' } },
      { caps: { max_tokens: 100 } },
    ],
    [{ type: 'input_image_buffer.append', image: 'abcde' }, { caps: { media_bytes: 4 } }],
    [{ type: 'input_image_buffer.append', image: 'a' }, { caps: { media_parts: 0 } }],
    [{ type: 'session.update', session: 5 }, {}],
    [{ type: 'session.update', session: { instructions: { toString: 1 } } }, {}],
  ] as [object, Partial<Policy>][])('The frame is refused as %j by the policy %j', (body, policy) => {
    expect(decideSession(body, policy).kind).toBe('refuse')
  })

  it('The frame gets the length cap if it names no length.', () => {
    const decision = decideSession(
      { type: 'session.update', session: { voice: 'a' } },
      { caps: { max_tokens: 100 } },
    )
    expect(decision.kind === 'forward' && decision.frame.text).toBe(
      '{"type":"session.update","session":{"max_tokens":100,"voice":"a"}}',
    )
  })

  it('The frame passes unchanged if nothing is to be written, and so do unknown types.', () => {
    for (const body of [
      { type: 'session.update', session: { input_audio_transcription: { model: null } } },
      { type: 'x' },
      {},
    ]) {
      const decision = decideSession(body)
      expect(decision.kind === 'forward' && decision.frame.text).toBe(JSON.stringify(body))
    }
  })
})
