import { describe, expect, inject, it } from 'vitest'
import { CHAT, MULTIMODAL, post, readFrames, STREAM, TEXT } from './client.ts'

const emulator = inject('emulatorAddress')

const user = (content: unknown): { role: string; content: unknown }[] => [{ role: 'user', content }]
const wish = (schema: unknown): object => ({
  response_format: { type: 'json_schema', json_schema: { name: 'wished', strict: true, schema } },
})

/** Asks for JSON that fits the schema; returns the value. */
async function fitted(schema: unknown, question = 'hello'): Promise<unknown> {
  const response = await post(emulator, CHAT, {
    model: 'qwen-plus',
    messages: user(question),
    ...wish(schema),
  })
  const { choices } = (await response.json()) as { choices: [{ message: { content: string } }] }
  return JSON.parse(choices[0].message.content)
}

const WORDS = 'You said: hello (message count: 1)'
const object = (properties: object, required: string[] = Object.keys(properties)): object => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
})

describe('values that fit a schema', () => {
  const node = object({
    value: { type: 'string' },
    next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
  })
  const tree = object({ children: { type: 'array', items: { $ref: '#' } } })
  it.each([
    ['a string', { type: 'string' }, WORDS],
    ['a short string', { type: 'string', maxLength: 3 }, 'You'],
    ['a long string', { type: 'string', minLength: 36 }, `${WORDS}..`],
    ['an address', { type: 'string', format: 'email' }, 'someone@example.com'],
    ['a boolean', { type: 'boolean' }, true],
    ['null', { type: 'null' }, null],
    ['a constant', { const: 7 }, 7],
    ['a list of numbers', { enum: [3, 4] }, 3],
    ['a nullable type', { type: ['null', 'string'] }, WORDS],
    ['anyOf', { anyOf: [{ type: 'null' }, { type: 'boolean' }] }, true],
    ['oneOf', { oneOf: [{ const: 'a' }, { const: 'b' }] }, 'a'],
    [
      'allOf',
      { allOf: [object({ a: { type: 'boolean' } }), object({ b: { type: 'null' } })] },
      { a: true, b: null },
    ],
    ['an array', { type: 'array', items: { type: 'boolean' } }, [true]],
    ['three items', { type: 'array', items: { type: 'boolean' }, minItems: 3 }, [true, true, true]],
    ['no items', { type: 'array', items: { type: 'boolean' }, maxItems: 0 }, []],
    ['a tuple', { type: 'array', prefixItems: [{ type: 'boolean' }, { type: 'null' }] }, [true, null]],
    [
      'optional properties',
      object({ a: { type: 'boolean' }, b: { type: 'null' } }, ['a']),
      { a: true, b: null },
    ],
    ['a forbidden property', object({ a: { type: 'boolean' }, b: { not: {} } }, ['a']), { a: true }],
    [
      'a property of a record',
      { type: 'object', required: ['a'], additionalProperties: { type: 'null' } },
      { a: null },
    ],
    ['no type', { properties: { a: { type: 'boolean' } } }, { a: true }],
    [
      '$defs',
      { ...object({ a: { $ref: '#/$defs/x~1y' } }), $defs: { 'x/y': { type: 'boolean' } } },
      { a: true },
    ],
    [
      'a list in itself',
      { ...object({ first: { $ref: '#/$defs/node' } }), $defs: { node } },
      { first: { value: WORDS, next: { value: WORDS, next: null } } },
    ],
    ['a tree', tree, { children: [{ children: [] }] }],
    ['what never ends', object({ self: { $ref: '#' } }), { self: { self: null } }],
  ])('A value is generated for %s', async (_, schema, wanted) => {
    expect(await fitted(schema)).toEqual(wanted)
  })

  it.each([
    ['12*7?', { type: 'integer' }, 84],
    ['12*7?', { type: 'integer', maximum: 50 }, 50],
    ['2.6 of them', { type: 'integer' }, 3],
    ['2.6 of them', { type: 'number' }, 2.6],
    ['-4 degrees', { type: 'number', minimum: 0 }, 0],
    ['-4 degrees', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
    ['-4 degrees', { type: 'integer', exclusiveMinimum: 0 }, 1],
    ['7 of them', { type: 'integer', multipleOf: 5 }, 5],
    ['none', { type: 'integer' }, 1],
    [
      '3 and 4',
      object({ a: { type: 'integer' }, b: { type: 'number' }, c: { type: 'integer' } }),
      { a: 3, b: 4, c: 3 },
    ],
    ['I feel very good', { enum: ['bad', 'good', 'very good'] }, 'very good'],
    ['The weather in Rome?', object({ city: { type: 'string' } }), { city: 'Rome' }],
    [
      'a square',
      { anyOf: ['circle', 'square'].map((shape) => object({ shape: { const: shape } })) },
      { shape: 'square' },
    ],
  ])('%s fits %j as %j', async (question, schema, wanted) => {
    expect(await fitted(schema, question)).toEqual(wanted)
  })
})

describe('json_schema', () => {
  const schema = object({ answer: { type: 'string' }, sure: { type: 'boolean' } })
  const wanted = { answer: WORDS, sure: true }

  it.each([
    ['text', TEXT, 'qwen-plus', 'hello'],
    ['multimodal', MULTIMODAL, 'qwen3-vl-plus', [{ text: 'hello' }]],
  ])('A JSON schema works natively on the %s path, in a stream too.', async (_, path, model, content) => {
    const parameters = { result_format: 'message', incremental_output: true, ...wish(schema) }
    const body = { model, input: { messages: user(content) }, parameters }
    const whole: unknown = await (await post(emulator, path, body)).json()
    expect(JSON.parse(said(whole))).toEqual(wanted)
    const frames = readFrames(await (await post(emulator, path, body, STREAM)).text())
    expect(frames.length).toBeGreaterThan(3)
    expect(JSON.parse(frames.map(({ data }) => said(data)).join(''))).toEqual(wanted)
  })

  it('The n choices stay apart and are JSON.', async () => {
    const body = { model: 'qwen-plus', messages: user('hello'), n: 2, ...wish(schema) }
    const { choices } = (await (await post(emulator, CHAT, body)).json()) as {
      choices: { message: { content: string } }[]
    }
    expect(choices.map(({ message }) => JSON.parse(message.content))).toEqual([
      wanted,
      { ...wanted, answer: `${WORDS} [answer 2]` },
    ])
  })

  it('Without a schema the result is any object.', async () => {
    const body = {
      model: 'qwen-plus',
      messages: user('hello'),
      response_format: { type: 'json_schema', json_schema: { name: 'wished' } },
    }
    const text = await (await post(emulator, CHAT, body)).text()
    expect(text).toContain(JSON.stringify(JSON.stringify({ answer: WORDS, messages: 1 })))
  })

  it.each([['yaml'], [{ type: 'yaml' }]])('The schema %j is refused.', async (format) => {
    const says = 'The response_format type from user is yaml.'
    const parameters = { response_format: format }
    const native = await post(emulator, TEXT, { model: 'qwen-plus', input: { prompt: 'hello' }, parameters })
    expect([native.status, await native.text()]).toEqual([400, expect.stringContaining(says)])
    const chat = await post(emulator, CHAT, { model: 'qwen-plus', messages: user('hello'), ...parameters })
    expect([chat.status, await chat.text()]).toEqual([400, expect.stringContaining(says)])
  })
})

/** What a native answer or frame says. */
function said(value: unknown): string {
  const { output } = value as { output: { choices: [{ message: { content: string | { text: string }[] } }] } }
  const { content } = output.choices[0].message
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('')
}
