import { expect, test } from 'vitest'
import { responses } from '../../../src/dashscope/schemas/responses.ts'
import { refusal } from './refusal.ts'

const ask = (rest: Record<string, unknown>) => ({ model: 'qwen-plus', ...rest })

test.each<[string, unknown]>([
  ['a text', ask({ input: 'hello' })],
  ['items', ask({ input: [{ role: 'user', content: 'hello' }], stream: true })],
  ['an earlier response alone', ask({ previous_response_id: 'resp_1', stream: null })],
])('The schema accepts %s', (_, body) => {
  expect(refusal(responses(), body)).toBeUndefined()
})

test.each<[unknown, string]>([
  [{ input: 'hello' }, 'model: expected a non-empty string, got nothing.'],
  [ask({ input: {} }), 'input: expected a string or an array, got an object.'],
  [ask({ input: 'hello', stream: 1 }), 'stream: expected true or false, got 1.'],
])('The schema refuses %j', (body, sentence) => {
  expect(refusal(responses(), body)).toBe(sentence)
})
