import { describe, expect, inject, it } from 'vitest'
import { CHAT, MESSAGES, post, readFrames } from './client.ts'

const emulator = inject('emulatorAddress')

const RESPONSES = '/compatible-mode/v1/responses'
const user = (content: unknown): { role: string; content: unknown }[] => [{ role: 'user', content }]
const WEATHER = {
  type: 'function',
  function: { name: 'get_weather', parameters: { properties: { city: {} } } },
}

async function json(path: string, body: unknown, headers?: Record<string, string>): Promise<unknown> {
  return (await post(emulator, path, body, headers)).json()
}

async function frames(path: string, body: unknown, headers?: Record<string, string>): Promise<unknown[]> {
  const text = await (await post(emulator, path, body, headers)).text()
  return readFrames(text).map(({ data }) => data)
}

describe('compatible chat', () => {
  it('A stream has chunks, usage when asked for, and [DONE].', async () => {
    const body = { model: 'qwen-plus', stream: true, messages: user('hello') }
    const plain = await frames(CHAT, body)
    const all = await frames(CHAT, { ...body, stream_options: { include_usage: true } })
    expect([plain.at(-1), all.at(-1)]).toEqual(['[DONE]', '[DONE]'])
    expect(plain.at(-2)).toMatchObject({ choices: [{ finish_reason: 'stop' }], usage: null })
    expect(all.at(-2)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 2, completion_tokens: 9, total_tokens: 11 },
    })
    const chunks = plain.slice(0, -1) as { choices: [{ delta: { content: string; role?: string } }] }[]
    expect(chunks.map(({ choices }) => choices[0].delta.content).join('')).toBe(
      'You said: hello (message count: 1)',
    )
    expect(chunks[0]?.choices[0].delta.role).toBe('assistant')
  })

  it('The model thinks, calls tools and quotes their results.', async () => {
    const thinking = { model: 'qwen-plus', stream: true, enable_thinking: true, messages: user('hello') }
    expect((await frames(CHAT, thinking))[0]).toMatchObject({
      choices: [{ delta: { reasoning_content: 'The user wrote "', content: null } }],
    })
    const asked = { model: 'qwen-plus', tools: [WEATHER], messages: user('weather in Rome') }
    const called = (await json(CHAT, asked)) as { choices: [{ message: { tool_calls: [{ id: string }] } }] }
    const { message } = called.choices[0]
    const result = { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'sunny' }
    const response = await json(CHAT, { ...asked, messages: [...asked.messages, message, result] })
    expect(response).toMatchObject({ choices: [{ message: { content: 'The tool said: sunny' } }] })
  })

  it('Image parts are read as OpenAI writes them.', async () => {
    const content = [
      { type: 'text', text: 'hm' },
      { type: 'image_url', image_url: { url: 'https://a/1.png' } },
    ]
    const response = await json(CHAT, { model: 'qwen-vl-plus', messages: user(content) })
    expect(JSON.stringify(response)).toContain('I was shown 1 image. You said: hm')
  })
})

describe('responses', () => {
  it('The Responses API returns a whole response.', async () => {
    expect(await json(RESPONSES, { model: 'qwen-plus', input: '1+1' })).toMatchObject({
      object: 'response',
      status: 'completed',
      output: [{ type: 'message', content: [{ type: 'output_text', text: '1+1 = 2' }] }],
    })
  })

  it('The Responses API gives one answer, whatever `n` a request has.', async () => {
    const many = { model: 'qwen-plus', input: '1+1', n: 1e21 }
    expect(await json(RESPONSES, many)).toMatchObject({ output: [{ type: 'message' }] })
  })

  it('The Responses API streams typed events in order.', async () => {
    const all = (await frames(RESPONSES, { model: 'qwen-plus', input: 'hello', stream: true })) as {
      type: string
      sequence_number: number
      delta?: string
    }[]
    const types = all.map(({ type }) => type.replace('response.', ''))
    expect(types.slice(0, 4)).toEqual(['created', 'in_progress', 'output_item.added', 'output_text.delta'])
    expect(types.slice(-3)).toEqual(['output_text.done', 'output_item.done', 'completed'])
    expect(all.map((event) => event.sequence_number)).toEqual(all.map((_, index) => index))
    expect(all.map(({ delta }) => delta ?? '').join('')).toBe('You said: hello (message count: 1)')
  })
})

describe('Anthropic messages', () => {
  const TOOL = { name: 'get_weather', input_schema: { properties: { city: {} } } }
  const ask = (more: object): object => ({ model: 'qwen-plus', max_tokens: 99, ...more })

  it('The Anthropic API returns a whole message, with tool_use and after a tool_result.', async () => {
    const asked = user('weather in Rome')
    const called = await json(MESSAGES, ask({ tools: [TOOL], messages: asked }))
    expect(called).toMatchObject({
      stop_reason: 'tool_use',
      content: [{ type: 'tool_use', name: 'get_weather', input: { city: 'Rome' } }],
    })
    const { content } = called as { content: [{ id: string }] }
    const result = [{ type: 'tool_result', tool_use_id: content[0].id, content: 'sunny' }]
    const messages = [...asked, { role: 'assistant', content }, ...user(result)]
    expect(await json(MESSAGES, ask({ tools: [TOOL], messages }))).toMatchObject({
      stop_reason: 'end_turn',
      content: [{ type: 'text', text: 'The tool said: sunny' }],
    })
  })

  it('The Anthropic API streams blocks in order, thinking first.', async () => {
    const body = ask({
      stream: true,
      thinking: { type: 'enabled', budget_tokens: 4 },
      messages: user('hello'),
    })
    const text = await (await post(emulator, MESSAGES, body)).text()
    const events = readFrames(text).map(({ event }) => event)
    expect(events.filter((event) => event !== 'content_block_delta')).toEqual([
      'message_start',
      'content_block_start',
      'content_block_stop',
      'content_block_start',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
    expect(text).toContain('{"type":"message_delta","delta":{"stop_reason":"end_turn"')
    expect(text.indexOf('thinking_delta')).toBeLessThan(text.indexOf('text_delta'))
  })
})
