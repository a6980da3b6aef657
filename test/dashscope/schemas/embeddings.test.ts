import { expect, test } from 'vitest'
import { compatibleEmbeddings } from '../../../src/dashscope/schemas/compatible.ts'
import { multimodalEmbedding, textEmbedding } from '../../../src/dashscope/schemas/native.ts'
import { refusal } from './refusal.ts'

const ask = (input: unknown, parameters?: unknown) => ({ model: 'text-embedding-v4', input, parameters })

test.each<[string, unknown]>([
  ['texts', ask({ texts: ['a', 'b'] }, { text_type: 'query', dimension: 1024 })],
  ['one text', ask({ texts: 'a' })],
  ['the address of a file', ask({ url: 'https://a/texts.txt' })],
  ['a cipher text', ask('q2lwaGVy')],
])('The schema of native text embedding accepts %s', (_, body) => {
  expect(refusal(textEmbedding(), body)).toBeUndefined()
})

test.each<[unknown, string]>([
  [ask({}), 'input: expected either "texts" or, for an asynchronous model, "url".'],
  [ask({ texts: 5 }), 'input.texts: expected a string or an array, got 5.'],
  [ask({ texts: ['a', 5] }), 'input.texts[1]: expected a string, got 5.'],
  [ask(['a']), 'input: expected an object, got an array.'],
])('The schema of native text embedding refuses %j', (body, sentence) => {
  expect(refusal(textEmbedding(), body)).toBe(sentence)
})

test.each<[string, unknown]>([
  ['parts', ask({ contents: [{ text: 'a' }, { image: 'https://a' }, { multi_images: ['https://a'] }] })],
  ['a text', ask({ contents: 'a' })],
  ['texts', ask({ contents: ['a', 'b'] })],
])('The schema of multimodal embedding accepts %s', (_, body) => {
  expect(refusal(multimodalEmbedding(), body)).toBeUndefined()
})

test.each<[unknown, string]>([
  [ask({}), 'input.contents: expected an array or a string, got nothing.'],
  [ask({ contents: {} }), 'input.contents: expected an array or a string, got an object.'],
])('The schema of multimodal embedding refuses %j', (body, sentence) => {
  expect(refusal(multimodalEmbedding(), body)).toBe(sentence)
})

test.each<[string, unknown]>([
  ['a text', ask('a')],
  ['texts', ask(['a', 'b'])],
  ['tokens', ask([[1, 2], [3]])],
  ['base64 asked for', { ...ask('a'), encoding_format: 'base64', dimensions: null }],
])('The schema of compatible embeddings accepts %s', (_, body) => {
  expect(refusal(compatibleEmbeddings(), body)).toBeUndefined()
})

test.each<[unknown, string]>([
  [{ model: 'text-embedding-v4' }, 'input: expected a string or an array, got nothing.'],
  [ask({ texts: ['a'] }), 'input: expected a string or an array, got an object.'],
  [{ input: 'a' }, 'model: expected a non-empty string, got nothing.'],
])('The schema of compatible embeddings refuses %j', (body, sentence) => {
  expect(refusal(compatibleEmbeddings(), body)).toBe(sentence)
})
