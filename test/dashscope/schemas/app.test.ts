import { expect, test } from 'vitest'
import { appCompletion } from '../../../src/dashscope/schemas/native.ts'
import { refusal } from './refusal.ts'

test.each<[string, unknown]>([
  ['no model', { input: { prompt: 'hello' }, parameters: { has_thoughts: true } }],
  ['an empty model', { model: '', parameters: {}, input: { prompt: 'hello', session_id: 's' } }],
  ['messages', { input: { messages: [{ role: 'user', content: 'hello' }] } }],
  ['business parameters alone', { input: { biz_params: { city: 'Hangzhou' } } }],
  ['a cipher text', { input: 'q2lwaGVy' }],
])('The schema accepts %s', (_, body) => {
  expect(refusal(appCompletion(), body)).toBeUndefined()
})

test.each<[unknown, string]>([
  [{}, 'input: expected an object, got nothing.'],
  [{ input: { prompt: 5 } }, 'input.prompt: expected a string, got 5.'],
  [{ input: { messages: 'hello' } }, 'input.messages: expected an array, got a string.'],
  [{ input: { messages: ['hello'] } }, 'input.messages[0]: expected an object, got a string.'],
  [{ input: { prompt: 'x' }, parameters: 'x' }, 'parameters: expected an object, got a string.'],
])('The schema refuses %j', (body, sentence) => {
  expect(refusal(appCompletion(), body)).toBe(sentence)
})
