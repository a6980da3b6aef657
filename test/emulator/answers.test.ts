import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHAT, get, MESSAGES, MULTIMODAL, post, readFrames, STREAM, TEXT } from './client.ts'
import { type RunningEmulator, startEmulator } from './start.ts'

let emulator: RunningEmulator
beforeAll(async () => {
  emulator = await startEmulator()
})
afterAll(() => emulator.stop())

const RESPONSES = '/compatible-mode/v1/responses'
const user = (content: unknown): { role: string; content: unknown }[] => [{ role: 'user', content }]

async function json(path: string, body: unknown, headers?: Record<string, string>): Promise<unknown> {
  return (await post(emulator.address, path, body, headers)).json()
}

async function frames(path: string, body: unknown, headers?: Record<string, string>): Promise<unknown[]> {
  const text = await (await post(emulator.address, path, body, headers)).text()
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
  ])('%s', async (content, answer) => {
    expect(said(await json(TEXT, { model: 'qwen-max', input: { messages: user(content) } }))).toBe(answer)
  })

  it.each([
    ['qwen-max', {}, false],
    ['qwen-max', { incremental_output: true }, true],
    ['qwen3-max', {}, true],
    ['qwen3-max', { incremental_output: false }, false],
  ])('streams of %s with %j are deltas: %s', async (model, parameters, deltas) => {
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

  it('answers in choices by default where DashScope does', async () => {
    const output = async (model: string): Promise<unknown> =>
      ((await json(TEXT, { model, input: { prompt: 'hi' } })) as { output: unknown }).output
    expect(await output('qwen3-max')).toHaveProperty('choices')
    expect(await output('qwen-plus')).toHaveProperty('text')
  })

  it('stops at stop strings and at max_tokens', async () => {
    const ask = (parameters: unknown): Promise<unknown> =>
      json(TEXT, { model: 'qwen-max', input: { prompt: 'hello' }, parameters })
    expect(await ask({ stop: ['hel'] })).toMatchObject({
      output: { text: 'You said: ', finish_reason: 'stop' },
    })
    expect(await ask({ max_tokens: 2 })).toMatchObject({
      output: { text: 'You said', finish_reason: 'length' },
    })
  })

  it('gives n answers, searches, and speaks JSON', async () => {
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

  it('puts sources before the answer when asked to, and repeats them empty', async () => {
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
  ])('%s calls with %s', async (content, wanted) => {
    const answered = await json(TEXT, ask(content, [WEATHER, TIME]))
    const calls = [{ index: 0, type: 'function', function: { name: 'get_weather', arguments: wanted } }]
    expect(answered).toMatchObject({
      output: { choices: [{ finish_reason: 'tool_calls', message: { tool_calls: calls } }] },
    })
  })

  it('sends two calls in fragments, with ids and names only at their beginning', async () => {
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

  it('calls nothing with tool_choice none', async () => {
    const answered = await json(TEXT, ask('the weather in Paris', [WEATHER], { tool_choice: 'none' }))
    expect(said(answered)).toContain('You said')
  })
})

describe('native media', () => {
  it('reports what it was shown', async () => {
    const content = [
      { image: 'https://a/1.png' },
      { image: 'data:image/png;base64,AAAA' },
      { video: ['https://a/1.png', 'https://a/2.png'] },
      { video: 'https://a/v.mp4' },
      { audio: 'https://a/s.wav' },
      { text: 'what is it?' },
    ]
    const answered = await json(MULTIMODAL, { model: 'qwen3-vl-plus', input: { messages: user(content) } })
    expect(said(answered)).toBe(
      'I was shown 2 images, a video of 2 frames, 1 video file, 1 audio. You said: what is it? (message count: 1)',
    )
    expect(answered).toMatchObject({
      usage: { image_tokens: 2000, video_tokens: 2500, audio_tokens: 500, input_tokens: 5003 },
    })
  })

  it('ends newer streams with an empty list and early ones with text', async () => {
    const last = async (model: string): Promise<unknown> => {
      const body = { model, input: { messages: user([{ image: 'https://a/1.png' }]) } }
      return (await frames(MULTIMODAL, { ...body, parameters: { incremental_output: true } }, STREAM)).at(-1)
    }
    expect(said(await last('qwen3-vl-plus'))).toBe('')
    expect(said(await last('qwen-vl-plus'))).not.toBe('')
  })
})

describe('compatible chat', () => {
  it('streams chunks, usage when asked for, and [DONE]', async () => {
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

  it('thinks, calls tools and quotes what they said', async () => {
    const thinking = { model: 'qwen-plus', stream: true, enable_thinking: true, messages: user('hello') }
    expect((await frames(CHAT, thinking))[0]).toMatchObject({
      choices: [{ delta: { reasoning_content: 'The user wrote "', content: null } }],
    })
    const asked = { model: 'qwen-plus', tools: [WEATHER], messages: user('weather in Rome') }
    const called = (await json(CHAT, asked)) as { choices: [{ message: { tool_calls: [{ id: string }] } }] }
    const { message } = called.choices[0]
    const result = { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'sunny' }
    const answered = await json(CHAT, { ...asked, messages: [...asked.messages, message, result] })
    expect(answered).toMatchObject({ choices: [{ message: { content: 'The tool said: sunny' } }] })
  })

  it('reads picture parts as OpenAI writes them', async () => {
    const content = [
      { type: 'text', text: 'hm' },
      { type: 'image_url', image_url: { url: 'https://a/1.png' } },
    ]
    const answered = await json(CHAT, { model: 'qwen-vl-plus', messages: user(content) })
    expect(JSON.stringify(answered)).toContain('I was shown 1 image. You said: hm')
  })
})

describe('responses', () => {
  it('answers whole', async () => {
    expect(await json(RESPONSES, { model: 'qwen-plus', input: '1+1' })).toMatchObject({
      object: 'response',
      status: 'completed',
      output: [{ type: 'message', content: [{ type: 'output_text', text: '1+1 = 2' }] }],
    })
  })

  it('streams typed events in order', async () => {
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

  it('answers whole, with tool_use, and after a tool_result', async () => {
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

  it('streams blocks in order, thinking first', async () => {
    const body = ask({
      stream: true,
      thinking: { type: 'enabled', budget_tokens: 4 },
      messages: user('hello'),
    })
    const text = await (await post(emulator.address, MESSAGES, body)).text()
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

describe('vectors and ranks', () => {
  it('embeds the same text the same way, in numbers and in Base64', async () => {
    const ask = async (more: object): Promise<unknown> => {
      const body = { model: 'text-embedding-v4', input: 'hello', dimensions: 8, ...more }
      const answered = await json('/compatible-mode/v1/embeddings', body)
      return (answered as { data: [{ embedding: unknown }] }).data[0].embedding
    }
    const numbers = (await ask({})) as number[]
    const bytes = Buffer.from((await ask({ encoding_format: 'base64' })) as string, 'base64')
    expect(Array.from(numbers, (_, index) => bytes.readFloatLE(index * 4))).toEqual(numbers.map(Math.fround))
    expect(Math.hypot(...numbers)).toBeCloseTo(1, 3)
    expect(await ask({ input: 'other' })).not.toEqual(numbers)
    const native = await json('/api/v1/services/embeddings/text-embedding/text-embedding', {
      model: 'text-embedding-v4',
      input: { texts: ['hello'] },
      parameters: { dimension: 8 },
    })
    expect(native).toMatchObject({ output: { embeddings: [{ embedding: numbers, text_index: 0 }] } })
  })

  it('embeds several kinds at once', async () => {
    const body = { model: 'multimodal-embedding-v1', input: { contents: [{ text: 'a' }, { image: 'b' }] } }
    const path = '/api/v1/services/embeddings/multimodal-embedding/multimodal-embedding'
    expect(await json(path, body)).toMatchObject({
      output: {
        embeddings: [
          { index: 0, type: 'text' },
          { index: 1, type: 'image' },
        ],
      },
    })
  })

  it('ranks nested and flat', async () => {
    const asked = { query: 'cat', documents: ['dog', 'a cat'] }
    const best = [{ index: 1, relevance_score: 1 }]
    const options = { top_n: 1 }
    const nested = { model: 'gte-rerank-v2', input: asked, parameters: options }
    expect(await json('/api/v1/services/rerank/text-rerank/text-rerank', nested)).toMatchObject({
      output: { results: best },
    })
    const flat = await json('/compatible-api/v1/reranks', { model: 'qwen3-rerank', ...asked, ...options })
    expect(flat).toMatchObject({ object: 'list', results: best })
    expect(flat).not.toHaveProperty('output')
  })
})

describe('applications and files', () => {
  it('remembers a session', async () => {
    const turn = async (session?: string): Promise<{ text: string; session_id: string }> => {
      const input = { prompt: 'hi', ...(session === undefined ? {} : { session_id: session }) }
      const answered = await json('/api/v1/apps/app1/completion', { input })
      return (answered as { output: { text: string; session_id: string } }).output
    }
    const first = await turn()
    expect(first.text).toContain('[turn 1]')
    expect(await turn(first.session_id)).toMatchObject({ text: expect.stringContaining('[turn 2]') })
    expect((await turn()).text).toContain('[turn 1]')
  })

  it('pages files, gives their content back and deletes them, per account', async () => {
    const files = '/compatible-mode/v1/files'
    const ids: string[] = []
    for (const text of ['one', 'two', 'three']) {
      const form = new FormData()
      form.append('file', new Blob([text]), `${text}.txt`)
      form.append('purpose', 'file-extract')
      const headers = { authorization: 'Bearer sk-files' }
      const response = await fetch(emulator.address + files, { method: 'POST', headers, body: form })
      ids.unshift(((await response.json()) as { id: string }).id)
    }
    const page = await get(emulator.address, `${files}?limit=2`, 'sk-files')
    expect(page).toMatchObject({ data: [{ id: ids[0] }, { id: ids[1] }], has_more: true })
    const rest = await get(emulator.address, `${files}?limit=2&after=${ids[1]}`, 'sk-files')
    expect(rest).toMatchObject({ data: [{ id: ids[2] }], has_more: false })
    const headers = { authorization: 'Bearer sk-files' }
    const content = await fetch(`${emulator.address}${files}/${ids[0]}/content`, { headers })
    expect(await content.text()).toBe('three')
    expect(await get(emulator.address, `${files}/${ids[0]}`, 'sk-other')).toMatchObject({
      error: { code: 'not_found' },
    })
    const gone = await fetch(`${emulator.address}${files}/${ids[0]}`, { method: 'DELETE', headers })
    expect(await gone.json()).toEqual({ object: 'file', deleted: true, id: ids[0] })
    expect((await fetch(`${emulator.address}${files}/${ids[0]}`, { headers })).status).toBe(404)
  })
})
