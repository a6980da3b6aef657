import { expect, test } from 'vitest'
import { submit } from '../../../src/dashscope/schemas/native.ts'
import { refusal } from './refusal.ts'

test.each<[string, unknown]>([
  ['an image', { model: 'wanx-v1', input: { prompt: 'a cat' }, parameters: { n: 6, seed: -1 } }],
  ['a video', { model: 'wan2.2-i2v', input: { img_url: 'https://a', function: 'video-synthesis' } }],
  ['a transcription', { model: 'paraformer-v2', input: { file_urls: ['https://a'] } }],
])('The schema accepts %s', (_, body) => {
  expect(refusal(submit(), body)).toBeUndefined()
})

test.each<[unknown, string]>([
  [{ input: {} }, 'model: expected a non-empty string, got nothing.'],
  [{ model: 'wanx-v1' }, 'input: expected an object, got nothing.'],
  [{ model: 'wanx-v1', input: {}, parameters: 5 }, 'parameters: expected an object, got 5.'],
])('The schema refuses %j', (body, sentence) => {
  expect(refusal(submit(), body)).toBe(sentence)
})
