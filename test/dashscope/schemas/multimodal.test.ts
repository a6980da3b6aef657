import { describe, expect, test } from 'vitest'
import { multimodalGeneration } from '../../../src/dashscope/schemas/native.ts'
import { refusal } from './refusal.ts'

const ask = (input: unknown, parameters?: unknown) => ({ model: 'qwen3-vl-plus', input, parameters })
const show = (...content: unknown[]) => ask({ messages: [{ role: 'user', content }] })

describe('what DashScope accepts', () => {
  test.each<[string, unknown]>([
    ['a text as content', ask({ messages: [{ role: 'user', content: 'hello' }] })],
    [
      'an image with its bounds',
      show({ image: 'https://a/b.png', min_pixels: 1, max_pixels: 2 }, { text: 'what?' }),
    ],
    ['a data URL', show({ image: 'data:image/png;base64,AAAA' })],
    ['a typed part', show({ type: 'text', text: 'hello' })],
    ['a video by address', show({ video: 'oss://a/b.mp4', fps: 2 })],
    ['a video as frames', show({ video: ['https://a/1.png', 'https://a/2.png'] })],
    ['a sound', show({ audio: 'https://a/b.mp3' })],
    ['a null next to the modality', show({ image: 'https://a/b.png', text: null, audio: null })],
    ['a part of an unknown kind', show({ hologram: 1 })],
    ['no parts', show()],
    ['speech', ask({ text: 'hello', voice: 'Cherry', language_type: 'English' })],
    ['speech as the Java SDK sends it', ask({ messages: [], text: 'hello', voice: 'Cherry' })],
    ['an input of a kind not known yet', ask({ scene: 'a garden' })],
    ['a cipher text as input', ask('q2lwaGVy')],
    [
      'values that text models do not take',
      ask(
        { text: 'hello' },
        {
          temperature: 2,
          top_p: 0,
          top_k: -1,
          repetition_penalty: 0,
          presence_penalty: 3,
          max_tokens: 0,
          seed: -1,
          n: 9,
        },
      ),
    ],
    [
      'six images',
      ask({ messages: [{ role: 'user', content: [{ text: 'a cat' }] }] }, { n: 6, size: '1024*1024' }),
    ],
  ])('The schema accepts %s', (_, body) => {
    expect(refusal(multimodalGeneration(), body)).toBeUndefined()
  })
})

describe('what DashScope always refuses', () => {
  const nothing = 'input: expected "messages" with at least one message, or "text" for speech.'
  const part = 'input.messages[0].content[1]'

  test.each<[unknown, string]>([
    [ask({}), nothing],
    [ask({ messages: [] }), nothing],
    [ask({ messages: null, text: null }), nothing],
    [ask({ text: 5 }), 'input.text: expected a string, got 5.'],
    [show({ text: 'x' }, 5), `${part}: expected an object, got 5.`],
    [show({ text: 'x' }, { text: 5 }), `${part}.text: expected a string, got 5.`],
    [show({ text: 'x' }, { image: 5 }), `${part}.image: expected a string or an array.`],
    [show({ text: 'x' }, { video: {} }), `${part}.video: expected a string or an array.`],
    [show({ text: 'x' }, { audio: false }), `${part}.audio: expected a string or an array.`],
    [ask({ text: 'x' }, { temperature: '2' }), 'parameters.temperature: expected a number, got "2".'],
    [ask({ text: 'x' }, { seed: '1' }), 'parameters.seed: expected a number, got "1".'],
    [ask({ text: 'x' }, { tools: {} }), 'parameters.tools: expected an array, got an object.'],
  ])('The schema refuses %j', (body, sentence) => {
    expect(refusal(multimodalGeneration(), body)).toBe(sentence)
  })
})
