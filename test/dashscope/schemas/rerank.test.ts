import { expect, test } from 'vitest'
import { flatRerank } from '../../../src/dashscope/schemas/compatible.ts'
import { nestedRerank } from '../../../src/dashscope/schemas/native.ts'
import { refusal } from './refusal.ts'

const nested = (input: unknown, parameters?: unknown) => ({ model: 'gte-rerank-v2', input, parameters })
const flat = (rest: Record<string, unknown>) => ({ model: 'qwen3-rerank', ...rest })

test.each<[string, unknown]>([
  ['texts', nested({ query: 'a', documents: ['b', 'c'] }, { top_n: 1, return_documents: true })],
  ['objects', nested({ query: { image: 'https://a' }, documents: [{ text: 'b' }, { video: 'https://c' }] })],
  ['a null top_n', nested({ query: 'a', documents: ['b'] }, { top_n: null })],
])('The nested schema accepts %s', (_, body) => {
  expect(refusal(nestedRerank(), body)).toBeUndefined()
})

test.each<[unknown, string]>([
  [nested({ documents: ['b'] }), 'input.query: expected a string or an object, got nothing.'],
  [nested({ query: 'a' }), 'input.documents: expected an array, got nothing.'],
  [nested({ query: 'a', documents: 'b' }), 'input.documents: expected an array, got a string.'],
  [
    nested({ query: 'a', documents: ['b'] }, { top_n: 'all' }),
    'parameters.top_n: expected a number, got "all".',
  ],
  [flat({ query: 'a', documents: ['b'] }), 'input: expected an object, got nothing.'],
])('The nested schema refuses %j', (body, sentence) => {
  expect(refusal(nestedRerank(), body)).toBe(sentence)
})

test('The flat form accepts texts.', () => {
  expect(
    refusal(flatRerank(), flat({ query: 'a', documents: ['b'], top_n: 1, instruct: 'x' })),
  ).toBeUndefined()
})

test.each<[unknown, string]>([
  [flat({ documents: ['b'] }), 'query: expected a string or an object, got nothing.'],
  [flat({ query: 'a', documents: {} }), 'documents: expected an array, got an object.'],
  [{ query: 'a', documents: [] }, 'model: expected a non-empty string, got nothing.'],
])('The flat schema refuses %j', (body, sentence) => {
  expect(refusal(flatRerank(), body)).toBe(sentence)
})
