import { describe, expect, test } from 'vitest'
import { chatCompletions } from '../../src/dashscope/schemas/compatible.ts'
import { multimodalGeneration, textEmbedding, textGeneration } from '../../src/dashscope/schemas/native.ts'
import { validate } from '../../src/policy/validate.ts'
import { refusal } from '../dashscope/schemas/refusal.ts'

const LONG_ARRAY_LENGTH = 1_000_000

const role = (text: string) => ({ model: 'm', input: { messages: [{ role: text, content: 'x' }] } })

describe('the validation error', () => {
  test('The error has the path of the field as param.', () => {
    const body = { model: 'm', input: { messages: [{ role: 'user', content: 5 }] } }
    expect(() => validate(textGeneration(), body)).toThrow(
      expect.objectContaining({ reason: 'invalid', status: 400, param: 'input.messages[0].content' }),
    )
  })

  test.each<[unknown, string]>([
    [null, 'null'],
    [[], 'an empty array'],
    ['text', 'a string'],
    [5, '5'],
    [undefined, 'nothing'],
  ])('The error has no param if the body itself is %j', (body, got) => {
    expect(() => validate(textGeneration(), body)).toThrow(
      expect.objectContaining({
        param: undefined,
        message: `The request body: expected an object, got ${got}.`,
      }),
    )
  })

  test.each([
    ['what says its own text', [{ toString: 1 }]],
    ['what is very deep', JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)],
  ])('The error is a refusal for %s too.', (_, parameters) => {
    const body = { model: 'm', input: { prompt: 'x' }, parameters }
    expect(refusal(textGeneration(), body)).toMatch(/^parameters: expected an object/)
  })

  test('The name of a model is limited in length, because it is remembered.', () => {
    const body = { model: 'm'.repeat(257), input: { prompt: 'x' } }
    expect(refusal(textGeneration(), body)).toMatch(/^model: expected at most 256 characters/)
    expect(refusal(textGeneration(), { ...body, model: 'm'.repeat(256) })).toBeUndefined()
  })

  test('If several fields are wrong, the first is named.', () => {
    expect(refusal(textGeneration(), { model: '', input: 5, parameters: 5 })).toMatch(/^model: /)
  })
})

describe('what a message repeats of the body', () => {
  test('A text of 40 characters is repeated whole.', () => {
    expect(refusal(textGeneration(), role('r'.repeat(40)))).toContain(`got "${'r'.repeat(40)}".`)
  })

  test('A longer text is cut to 39 characters and an ellipsis.', () => {
    expect(refusal(textGeneration(), role('r'.repeat(41)))).toContain(`got "${'r'.repeat(39)}…".`)
  })

  test('Control characters are repeated only as escapes.', () => {
    expect(refusal(textGeneration(), role('a\r\nb'))).toContain('got "a\\r\\nb".')
  })

  test.each([
    'sk-0123456789abcdef',
    'Bearer sk-0123456789',
    'st-0123456789',
    'dse_0123456789',
    'eyJhbGciOi.J9.x',
  ])('Nothing is repeated of %s, which looks like a key.', (key) => {
    expect(refusal(textGeneration(), role(key))).toMatch(/, got a string\.$/)
  })

  test('Nothing is repeated of a text in place of an array or object, because it may be a prompt.', () => {
    expect(refusal(chatCompletions(), { model: 'm', messages: 'my secret' })).not.toContain('secret')
    expect(refusal(textGeneration(), { model: 'm', input: { messages: ['my secret'] } })).not.toContain(
      'secret',
    )
  })
})

describe('hostile bodies', () => {
  const deep = '['.repeat(10_000) + ']'.repeat(10_000)

  test.each<[string, string, string | undefined]>([
    ['deep nesting as input', `{"model":"m","input":${deep}}`, 'input: expected an object, got an array.'],
    [
      'deep nesting as content',
      `{"model":"m","input":{"messages":[{"role":"user","content":${deep}}]}}`,
      'input.messages[0].content[0]: expected an object, got an array.',
    ],
    ['deep nesting in an unchecked field', `{"model":"m","input":{"prompt":"x"},"x":${deep}}`, undefined],
    [
      'fields inherited through __proto__',
      '{"model":"m","__proto__":{"input":{"prompt":"x"}}}',
      'input: expected an object, got nothing.',
    ],
    [
      '__proto__ next to true fields',
      '{"__proto__":5,"model":"m","input":{"__proto__":null,"messages":[{"__proto__":[],"role":"user","content":"x"}]}}',
      undefined,
    ],
    ['a constructor key', '{"model":"m","constructor":5,"input":{"prompt":"x","constructor":{}}}', undefined],
    [
      'a number beyond the doubles',
      '{"model":"m","input":{"prompt":"x"},"parameters":{"temperature":1e999}}',
      'parameters.temperature: expected a number of at least 0 and below 2, got Infinity.',
    ],
  ])('The body is refused or passes quickly: %s', (_, text, sentence) => {
    expect(refusal(textGeneration(), JSON.parse(text))).toBe(sentence)
  })

  test('Validation of a long array stops at its first error.', () => {
    let reads = 0
    const messages = new Proxy(new Array(LONG_ARRAY_LENGTH).fill(5), {
      get(target, key, receiver) {
        if (typeof key === 'string' && /^\d+$/.test(key)) reads += 1
        return Reflect.get(target, key, receiver)
      },
    })
    expect(refusal(textGeneration(), { model: 'm', input: { messages } })).toBe(
      'input.messages[0]: expected an object, got 5.',
    )
    expect(reads).toBeLessThan(10)
  })

  // Made in the test: Vitest would write a million elements into each title.
  test.each<[string, () => unknown]>([
    ['messages without content', () => new Array(LONG_ARRAY_LENGTH).fill({ role: 'user' })],
    [
      'parts of the wrong type',
      () => [{ role: 'user', content: new Array(LONG_ARRAY_LENGTH).fill({ image: 5 }) }],
    ],
  ])('A million %s give one error.', (_, make) => {
    expect(refusal(multimodalGeneration(), { model: 'm', input: { messages: make() } })).toMatch(
      /^input\.messages\[0\]\.content/,
    )
  })

  test('A long array of valid texts passes.', () => {
    const texts = new Array(LONG_ARRAY_LENGTH).fill('x')
    expect(refusal(textEmbedding(), { model: 'm', input: { texts } })).toBeUndefined()
  })
})
