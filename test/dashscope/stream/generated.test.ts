import { describe, expect, it } from 'vitest'
import { readFrames } from '../../../src/dashscope/stream/frames.ts'
import type { Framing } from '../../../src/dashscope/stream/framing.ts'
import { joinEvents } from '../../../src/dashscope/stream/join.ts'
import { splitIntoEvents } from '../../../src/dashscope/stream/split.ts'
import { mulberry32 } from '../../harness/mulberry32.ts'

const ROUNDS = 20

type Random = (limit: number) => number

function seeded(seed: number): Random {
  const next = mulberry32(seed)
  return (limit) => Math.floor(next() * limit)
}

const CHARACTERS = [
  'a',
  'B',
  ' ',
  '\n',
  '"',
  '\\',
  '你',
  '😀',
  '👩‍👩‍👧',
  'é',
  '\u0000',
  '\ud800',
  'data:',
  '\r\n',
  '[DONE]',
]

function text(random: Random): string {
  const length = [0, 1, 5, 64, 65, 700, 2500][random(7)] as number
  return Array.from({ length }, () => CHARACTERS[random(CHARACTERS.length)]).join('')
}

function calls(random: Random): object[] {
  return Array.from({ length: random(3) }, (_, index) => ({
    index,
    id: `call_${random(1e9)}`,
    type: 'function',
    function: { name: `tool_${index}`, arguments: JSON.stringify({ place: text(random) }) },
  }))
}

function message(random: Random, parts: boolean): object {
  const said = text(random)
  const called = calls(random)
  return {
    role: 'assistant',
    content: parts ? (said === '' ? [] : [{ text: said }]) : said,
    ...(random(2) && { reasoning_content: text(random) }),
    ...(called.length > 0 && { tool_calls: called }),
  }
}

function choices(random: Random, parts = false): object[] {
  return Array.from({ length: 1 + random(3) }, (_, index) => ({
    index,
    message: message(random, parts),
    finish_reason: ['stop', 'length', 'tool_calls'][random(3)],
  }))
}

const usage = {
  input_tokens: 3,
  output_tokens: 4,
  total_tokens: 7,
  prompt_tokens_details: { cached_tokens: 0 },
}

const RESPONSES = {
  text: (random: Random) => ({
    output: random(2)
      ? { finish_reason: 'stop', text: text(random) }
      : {
          choices: choices(random),
          ...(random(2) && { search_info: { search_results: [{ index: 1, title: text(random) }] } }),
        },
    usage,
    request_id: 'r-1',
  }),
  multimodal: (random: Random) => ({ output: { choices: choices(random, true) }, usage, request_id: 'r-1' }),
  chat: (random: Random) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'qwen-plus',
    system_fingerprint: null,
    choices: choices(random).map((choice) => ({ ...choice, logprobs: null })),
    usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
  }),
  anthropic: (random: Random) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'qwen-plus',
    content: [
      ...(random(2) ? [{ type: 'thinking', thinking: text(random), signature: text(random) }] : []),
      ...(random(2) ? [{ type: 'text', text: text(random) }] : []),
      ...(random(2)
        ? [{ type: 'tool_use', id: 't1', name: 'f', input: { a: text(random), b: [1, {}] } }]
        : []),
      ...(random(2) ? [{ type: 'redacted_thinking', data: 'x' }] : []),
    ],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 4 },
  }),
}

const CASES: [kind: keyof typeof RESPONSES, format: Framing['format'], incremental: boolean][] = [
  ['text', 'native', true],
  ['text', 'native', false],
  ['multimodal', 'native', true],
  ['multimodal', 'native', false],
  ['chat', 'chat', true],
  ['anthropic', 'anthropic', true],
]

/** Any spelling of line ends that the standard allows, cut anywhere. */
const WIRE: ((stream: string) => string)[] = [
  (stream) => stream,
  (stream) => stream.replaceAll('\n', '\r\n'),
  (stream) => `:connected\n\n${stream.replaceAll('\n\n', '\n\n:keepalive\n\n')}`,
]

describe.each(CASES)('generated %s answers in %s streams, incremental %s', (kind, format, incremental) => {
  const make = (seed: number) => {
    const response = RESPONSES[kind](seeded(seed)) as {
      choices?: unknown[]
      output?: { choices?: unknown[] }
    }
    const count = (response.choices ?? response.output?.choices ?? [1]).length
    const framing: Framing = { format, incremental, includeUsage: true, choices: count }
    return { response, framing, stream: splitIntoEvents(JSON.stringify(response), framing) ?? '' }
  }

  it('Responses are the same after they were split and joined, whatever line ends are used.', () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const { response, framing, stream } = make(seed)
      const wire = (WIRE[seed % WIRE.length] as (stream: string) => string)(stream)
      const again = joinEvents(new TextEncoder().encode(wire), framing)
      expect(again && JSON.parse(again), `seed ${seed}`).toEqual(response)
    }
  })

  it('Streams that are cut anywhere cannot be joined.', () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const { framing, stream } = make(seed)
      const bytes = new TextEncoder().encode(stream)
      const cut = bytes.subarray(0, seeded(seed * 7)(bytes.length - 1))
      expect(joinEvents(cut, framing), `seed ${seed}`).toBeUndefined()
    }
  })

  it('A whole surrogate pair is never split.', () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const frames = readFrames(new TextEncoder().encode(make(seed).stream))
      const pieces = frames.filter(({ data }) => data !== '[DONE]').map(({ data }) => data)
      // The one half that is generated is a high one; a low one can only come from a cut pair.
      for (const piece of pieces) expect(piece).not.toMatch(/\\ud[c-f]/)
    }
  })
})
