import { expect, test } from 'vitest'
import { anthropicMessages } from '../../../src/dashscope/schemas/anthropic.ts'
import { refusal } from './refusal.ts'

const hello = { role: 'user', content: 'hello' }
const ask = (rest: Record<string, unknown>) => ({
  model: 'qwen-plus',
  max_tokens: 100,
  messages: [hello],
  ...rest,
})

test.each<[string, unknown]>([
  ['a question', ask({})],
  ['a system message among the others', ask({ messages: [hello, { role: 'system', content: 'be brief' }] })],
  ['a stream', ask({ stream: true, system: [{ type: 'text', text: 'be kind' }] })],
  [
    'blocks',
    ask({
      messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'n', input: {} }] }],
    }),
  ],
])('The schema accepts %s', (_, body) => {
  expect(refusal(anthropicMessages(), body)).toBeUndefined()
})

test.each<[unknown, string]>([
  [{ max_tokens: 1, messages: [hello] }, 'model: expected a non-empty string, got nothing.'],
  [
    { model: 'qwen-plus', messages: [hello] },
    'max_tokens: expected a whole number of at least 1, got nothing.',
  ],
  [ask({ max_tokens: 0 }), 'max_tokens: expected a whole number of at least 1, got 0.'],
  [ask({ max_tokens: 1.5 }), 'max_tokens: expected a whole number of at least 1, got 1.5.'],
  [ask({ messages: [] }), 'messages: expected at least one message, got an empty array.'],
  [
    ask({ messages: [{ ...hello, role: 'robot' }] }),
    'messages[0].role: expected one of "user", "assistant", "system", got "robot".',
  ],
  [
    ask({ messages: [{ ...hello, content: 5 }] }),
    'messages[0].content: expected a string or an array, got 5.',
  ],
  [ask({ stream: 'yes' }), 'stream: expected true or false, got "yes".'],
])('The schema refuses %j', (body, sentence) => {
  expect(refusal(anthropicMessages(), body)).toBe(sentence)
})
