import { describe, expect, inject, it } from 'vitest'
import { MULTIMODAL, post, readFrames, STREAM, TEXT } from './client.ts'

const emulator = inject('emulatorAddress')

const USER = [{ role: 'user', content: 'hello' }]
const ask = (parameters: unknown, model = 'qwen-plus', input: unknown = { messages: USER }): unknown => ({
  model,
  input,
  parameters,
})

describe('parameters', () => {
  const json = { response_format: { type: 'json_object' } }
  const tool = (name: string): unknown => [{ type: 'function', function: { name } }]
  it.each([
    [{ temperature: 2 }, 'Temperature should be in [0.0, 2.0)'],
    [{ top_p: 0 }, 'Range of top_p should be (0.0, 1.0]'],
    [{ top_k: -1 }, 'Parameter top_k be greater than or equal to 0'],
    [{ repetition_penalty: 0 }, 'Repetition_penalty should be greater than 0.0'],
    [{ presence_penalty: 3 }, 'Presence_penalty should be in [-2.0, 2.0]'],
    [{ n: 5 }, 'Range of n should be [1, 4]'],
    [{ seed: -1 }, 'Range of seed should be [0, 9223372036854775807]'],
    [{ max_tokens: 0 }, 'Range of max_tokens should be [1, 32768]'],
    [{ enable_thinking: true }, 'parameter.enable_thinking must be set to false for non-streaming calls'],
    [{ tools: tool('search') }, 'Tool names are not allowed to be [search]'],
    [{ tool_choice: 'always' }, 'tool_choice is one of the strings that should be'],
    [{ stop: ['a', 1] }, 'The \\"stop\\" parameter must be of type'],
    [json, "'messages' must contain the word 'json' in some form"],
  ])('The parameters %j are refused.', async (parameters, says) => {
    const response = await post(emulator, TEXT, ask(parameters))
    expect(await response.text()).toContain(says)
    expect(response.status).toBe(400)
  })

  it.each([
    [
      'qwen-plus',
      { enable_thinking: true, incremental_output: false },
      'must be \\"true\\" when enable_thinking',
    ],
    [
      'qwen-plus',
      { enable_thinking: true, result_format: 'text' },
      'must be \\"message\\" when enable_thinking',
    ],
    ['qwen-plus', { enable_thinking: true, ...json }, 'Json mode response is not supported'],
    ['qwq-plus', { enable_thinking: false }, 'restricted to True'],
    ['qwen3-8b', { incremental_output: false }, 'of this model cannot be set to False'],
  ])('For %s, %j is refused in a stream.', async (model, parameters, says) => {
    const response = await post(emulator, TEXT, ask(parameters, model), STREAM)
    const frames = readFrames(await response.text())
    expect(response.status).toBe(200)
    expect(frames).toMatchObject([{ event: 'error', comments: [':HTTP_STATUS/400'] }])
    expect(JSON.stringify(frames[0]?.data)).toContain(says)
  })

  it.each([
    ['qwq-plus', {}, 'only support stream mode'],
    ['qwen3-8b', {}, 'must be set to false for non-streaming calls'],
  ])('For %s, %j is refused without a stream.', async (model, parameters, says) => {
    expect(await (await post(emulator, TEXT, ask(parameters, model))).text()).toContain(says)
  })

  it('The largest seed that DashScope accepts is accepted.', async () => {
    const body = '{"model":"qwen-max","input":{"prompt":"hi"},"parameters":{"seed":9223372036854775807}}'
    expect((await post(emulator, TEXT, body)).status).toBe(200)
  })
})

describe('messages', () => {
  const toolCall = { role: 'assistant', content: '', tool_calls: [{ id: 'call_1', function: { name: 'f' } }] }
  const toolMessage = { role: 'tool', content: 'sunny', tool_call_id: 'call_1' }
  it.each([
    [TEXT, 'qwen-max', {}, 'cannot both be none'],
    [TEXT, 'qwen-max', { messages: [{ role: 'robot', content: 'hi' }] }, 'Role must be in'],
    [TEXT, 'qwen-max', { messages: [...USER, { role: 'assistant', content: 'hi' }] }, 'Role must be in'],
    [TEXT, 'qwen-max', { messages: [{ role: 'user' }] }, 'The content field is a required field.'],
    [TEXT, 'qwen-max', { messages: [{ role: 'user', content: [{ text: 'a' }] }] }, 'must be a string.'],
    [TEXT, 'qwen-max', { messages: [...USER, toolMessage] }, 'must be a response to a preceeding message'],
    [
      MULTIMODAL,
      'qwen3-vl-plus',
      { messages: [{ role: 'user', content: [{ smell: 'a' }] }] },
      'a certain modal',
    ],
    [MULTIMODAL, 'qwen3-vl-plus', { messages: [{ role: 'user', content: [{ image: 'oss://a' }] }] }, 'URL'],
  ])('At %s for %s, %j is refused.', async (path, model, input, says) => {
    const response = await post(emulator, path, ask({}, model, input))
    expect(response.status).toBe(400)
    expect(await response.text()).toContain(says)
  })

  it('Tool results after calls are accepted, and an oss:// image with its header.', async () => {
    const messages = [...USER, toolCall, toolMessage]
    expect(await (await post(emulator, TEXT, ask({}, 'qwen-max', { messages }))).text()).toContain('sunny')
    const picture = { messages: [{ role: 'user', content: [{ image: 'oss://a' }] }] }
    const header = { 'x-dashscope-ossresourceresolve': 'enable' }
    const response = await post(emulator, MULTIMODAL, ask({}, 'qwen3-vl-plus', picture), header)
    expect(response.status).toBe(200)
    await response.text()
  })
})

it.each(['qwen-pluss', 'qwen-max2', 'Qwen-plus', 'gpt-4o'])('The model %s does not exist.', async (model) => {
  const response = await post(emulator, TEXT, ask({}, model))
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ code: 'InvalidParameter', message: 'Model not exist.' })
})
