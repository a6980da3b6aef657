import { describe, expect, inject, it } from 'vitest'
import { MULTIMODAL, post, readFrames, STREAM, TEXT } from './client.ts'

const emulator = inject('emulatorAddress')

const user = (content: unknown): { role: string; content: unknown }[] => [{ role: 'user', content }]

async function json(path: string, body: unknown, headers?: Record<string, string>): Promise<unknown> {
  return (await post(emulator, path, body, headers)).json()
}

async function frames(path: string, body: unknown, headers?: Record<string, string>): Promise<unknown[]> {
  const text = await (await post(emulator, path, body, headers)).text()
  return readFrames(text).map(({ data }) => data)
}

/** What a native answer or frame says, in whichever layout. */
function said(value: unknown): string {
  const { output } = value as {
    output: { text?: string; choices?: { message: { content: string | { text: string }[] } }[] }
  }
  const content = output.choices?.[0]?.message.content
  if (content === undefined) return output.text ?? ''
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('')
}

const WEATHER = {
  type: 'function',
  function: { name: 'get_weather', parameters: { properties: { city: {} } } },
}
const TIME = { type: 'function', function: { name: 'get_current_time', parameters: {} } }

describe('native text', () => {
  it.each([
    ['12*7等于多少？', '12*7 = 84'],
    ['你是谁？', 'I am qwen-max, a large language model played by the emulator.'],
    ['嗨', 'You said: 嗨 (message count: 1)'],
    ['On 2024-11-08?', 'You said: On 2024-11-08? (message count: 1)'],
  ])('The prompt gets its reply: %s', async (content, response) => {
    expect(said(await json(TEXT, { model: 'qwen-max', input: { messages: user(content) } }))).toBe(response)
  })

  it.each([
    ['qwen-max', {}, false],
    ['qwen-max', { incremental_output: true }, true],
    ['qwen3-max', {}, true],
    ['qwen3-max', { incremental_output: false }, false],
  ])('For %s with %j, whether the stream consists of deltas is %s', async (model, parameters, deltas) => {
    const all = await frames(TEXT, { model, input: { messages: user('hello') }, parameters }, STREAM)
    const texts = all.map(said)
    const whole = 'You said: hello (message count: 1)'
    expect(deltas ? texts.join('') : texts.at(-1)).toBe(whole)
    if (!deltas) expect(texts.every((text) => whole.startsWith(text))).toBe(true)
    if (deltas) expect(texts.at(-1)).toBe('')
    expect(all.every((frame) => (frame as { usage?: { total_tokens: number } }).usage !== undefined)).toBe(
      true,
    )
    const outputs = all.map((frame) => (frame as { usage: { output_tokens: number } }).usage.output_tokens)
    expect(outputs).toEqual(outputs.toSorted((left, right) => left - right))
  })

  it('Models that use choices by default in DashScope use them here.', async () => {
    const output = async (model: string): Promise<unknown> =>
      ((await json(TEXT, { model, input: { prompt: 'hi' } })) as { output: unknown }).output
    expect(await output('qwen3-max')).toHaveProperty('choices')
    expect(await output('qwen-plus')).toHaveProperty('text')
  })

  it('The text stops at stop strings and at max_tokens.', async () => {
    const ask = (parameters: unknown): Promise<unknown> =>
      json(TEXT, { model: 'qwen-max', input: { prompt: 'hello' }, parameters })
    expect(await ask({ stop: ['hel'] })).toMatchObject({
      output: { text: 'You said: ', finish_reason: 'stop' },
    })
    expect(await ask({ max_tokens: 2 })).toMatchObject({
      output: { text: 'You said', finish_reason: 'length' },
    })
  })

  it('The emulator gives n choices, searches and writes JSON.', async () => {
    const ask = (content: string, parameters: object): Promise<unknown> =>
      json(TEXT, {
        model: 'qwen-plus',
        input: { messages: user(content) },
        parameters: { ...parameters, result_format: 'message' },
      })
    expect(await ask('hi', { n: 2 })).toMatchObject({ output: { choices: [{ index: 0 }, { index: 1 }] } })
    const found = await ask('news', { enable_search: true, search_options: { enable_source: true } })
    expect(found).toMatchObject({ output: { search_info: { search_results: [{ index: 1 }, { index: 2 }] } } })
    const text = said(await ask('1+1 in json', { response_format: { type: 'json_object' } }))
    expect(JSON.parse(text)).toEqual({ answer: '1+1 = 2', messages: 1 })
  })

  it('Search results precede the text when requested, and later frames repeat them empty.', async () => {
    const parameters = {
      result_format: 'message',
      incremental_output: true,
      enable_search: true,
      search_options: { enable_source: true, prepend_search_result: true },
    }
    const all = await frames(
      TEXT,
      { model: 'qwen-plus', input: { messages: user('news') }, parameters },
      STREAM,
    )
    expect(all[0]).toMatchObject({ output: { search_info: { search_results: [{}, {}] } }, usage: {} })
    expect([said(all[0]), said(all[1])]).toEqual(['', 'You '])
    expect(all[1]).toMatchObject({ output: { search_info: { search_results: [] } } })
  })
})

describe('native tools', () => {
  const ask = (content: string, tools: unknown[], more: object = {}): object => ({
    model: 'qwen-plus',
    input: { messages: user(content) },
    parameters: { result_format: 'message', incremental_output: true, tools, ...more },
  })

  it.each([
    ['杭州现在的天气如何？', '{"city": "杭州"}'],
    ['What is the weather in New York?', '{"city": "New York"}'],
  ])('%s leads to a call with %s', async (content, wanted) => {
    const response = await json(TEXT, ask(content, [WEATHER, TIME]))
    const calls = [{ index: 0, type: 'function', function: { name: 'get_weather', arguments: wanted } }]
    expect(response).toMatchObject({
      output: { choices: [{ finish_reason: 'tool_calls', message: { tool_calls: calls } }] },
    })
  })

  it('Two calls are sent in fragments, with ids and names only in the first.', async () => {
    const all = await frames(TEXT, ask('the weather and the time in Paris', [WEATHER, TIME]), STREAM)
    interface Delta {
      index: number
      id: string
      function: { name?: string; arguments: string }
    }
    const choices = all.map((frame) => (frame as { output: { choices: [unknown] } }).output.choices[0]) as {
      finish_reason: string
      message: { tool_calls: Delta[] }
    }[]
    const deltas = choices.flatMap(({ message }) => message.tool_calls)
    const joined = (index: number): string =>
      deltas
        .filter((delta) => delta.index === index)
        .map((delta) => delta.function.arguments)
        .join('')
    expect([joined(0), joined(1)]).toEqual(['{"city": "Paris"}', '{}'])
    expect(deltas.filter(({ id }) => id !== '').map((delta) => delta.function.name)).toEqual([
      'get_weather',
      'get_current_time',
    ])
    expect(choices.map(({ finish_reason: finish }) => finish)).toEqual(['null', 'null', 'null', 'tool_calls'])
    expect(choices.at(-1)?.message.tool_calls).toHaveLength(2)
  })

  it('With tool_choice none, no tool is called.', async () => {
    const response = await json(TEXT, ask('the weather in Paris', [WEATHER], { tool_choice: 'none' }))
    expect(said(response)).toContain('You said')
  })
})

describe('native media', () => {
  it('The reply reports the media it was shown.', async () => {
    const content = [
      { image: 'https://a/1.png' },
      { image: 'data:image/png;base64,AAAA' },
      { video: ['https://a/1.png', 'https://a/2.png'] },
      { video: 'https://a/v.mp4' },
      { audio: 'https://a/s.wav' },
      { text: 'what is it?' },
    ]
    const response = await json(MULTIMODAL, { model: 'qwen3-vl-plus', input: { messages: user(content) } })
    expect(said(response)).toBe(
      'I was shown 2 images, a video of 2 frames, 1 video file, 1 audio. You said: what is it? (message count: 1)',
    )
    expect(response).toMatchObject({
      usage: { image_tokens: 2000, video_tokens: 2500, audio_tokens: 500, input_tokens: 5003 },
    })
  })

  it('Newer streams end with an empty list, early ones with text.', async () => {
    const last = async (model: string): Promise<unknown> => {
      const body = { model, input: { messages: user([{ image: 'https://a/1.png' }]) } }
      return (await frames(MULTIMODAL, { ...body, parameters: { incremental_output: true } }, STREAM)).at(-1)
    }
    expect(said(await last('qwen3-vl-plus'))).toBe('')
    expect(said(await last('qwen-vl-plus'))).not.toBe('')
  })
})
