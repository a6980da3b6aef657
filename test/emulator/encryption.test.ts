import { describe, expect, inject, it } from 'vitest'
import { shareSecret } from '../harness/encryption.ts'
import { MULTIMODAL, post, readFrames, STREAM, TEXT } from './client.ts'

const emulator = inject('emulatorAddress')

const MARK = 'x-dashscope-outputencrypted'

const secret = () => shareSecret(emulator, `sk-${crypto.randomUUID()}`)

describe('an encrypted input', () => {
  const parameters = { result_format: 'message', incremental_output: true }

  it.each([
    [TEXT, 'qwen-plus', '12*7', '12*7 = 84'],
    [MULTIMODAL, 'qwen3-vl-plus', [{ text: '12*7' }], [{ text: '12*7 = 84' }]],
  ])('An encrypted input is answered encrypted at %s', async (path, model, content, said) => {
    const { headers, open, seal } = await secret()
    const input = seal({ messages: [{ role: 'user', content }] })
    const response = await post(emulator, path, { model, input, parameters }, headers)
    expect(response.headers.has(MARK)).toBe(true)
    const body = (await response.json()) as { output: string; usage: object }
    expect(open(body.output)).toMatchObject({ choices: [{ message: { content: said } }] })
    expect(body.usage).toMatchObject({ input_tokens: 1, output_tokens: 3 })
  })

  it('An encrypted stream is encrypted frame by frame.', async () => {
    const { headers, open, seal } = await secret()
    const body = { model: 'qwen-plus', input: seal({ prompt: '12*7' }), parameters }
    const response = await post(emulator, TEXT, body, { ...headers, ...STREAM })
    expect(response.headers.has(MARK)).toBe(true)
    const frames = readFrames(await response.text())
    const outputs = frames.map(({ data }) => open((data as { output: string }).output)) as {
      choices: [{ message: { content: string } }]
    }[]
    expect(outputs.length).toBeGreaterThan(3)
    expect(outputs.map(({ choices }) => choices[0].message.content).join('')).toBe('12*7 = 84')
    expect(frames.map(({ id }) => id)).toEqual(outputs.map((_, index) => String(index + 1)))
  })

  it('A refusal is not encrypted.', async () => {
    const { headers, seal } = await secret()
    const body = { model: 'qwen-plus', input: seal({ prompt: 'hi' }), parameters: { n: 5 } }
    const response = await post(emulator, TEXT, body, headers)
    expect([response.status, response.headers.has(MARK)]).toEqual([400, false])
    expect(await response.json()).toMatchObject({ message: 'Range of n should be [1, 4]' })
  })

  it.each(['{"public_key_id":"1","encrypt_key":"AAAA","iv":"AAAA"}', '{}', 'no JSON'])(
    'An input that cannot be opened with %s gets a response that cannot be opened either.',
    async (header) => {
      const headers = { 'x-dashscope-encryptionkey': header }
      const response = await post(emulator, TEXT, { model: 'qwen-plus', input: 'c2VjcmV0' }, headers)
      expect([response.status, response.headers.has(MARK)]).toEqual([200, true])
      expect(await response.json()).toMatchObject({
        output: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
        usage: { input_tokens: 2 },
      })
    },
  )

  it('An encrypted input needs its header, and a plain input does not.', async () => {
    const without = await post(emulator, TEXT, { model: 'qwen-plus', input: 'c2VjcmV0' })
    expect(without.status).toBe(400)
    const clear = { model: 'qwen-plus', input: { prompt: '12*7' } }
    const response = await post(emulator, TEXT, clear, { 'x-dashscope-encryptionkey': '{}' })
    expect(response.headers.has(MARK)).toBe(false)
    expect(await response.json()).toMatchObject({ output: { text: '12*7 = 84' } })
  })
})
