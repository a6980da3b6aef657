import { expect, it } from 'vitest'
import type { Message } from '../../console/src/play/conversation.ts'
import { wireFormats } from '../../console/src/play/dialects.ts'
import { parseRequest } from '../../console/src/play/parse-request.ts'
import {
  DIALECTS,
  type Dialect,
  EXAMPLE_SCHEMA,
  EXAMPLE_TOOLS,
  newSetup,
  type Setup,
} from '../../console/src/play/setup.ts'

const PIXEL = 'data:image/png;base64,aGVsbG8='
const SOUND = 'data:audio/wav;base64,aGVsbG8='
const CALL = { id: 'call_1', name: 'get_weather', arguments: '{"city":"Hangzhou"}' }

const picture = (url: string) => ({ kind: 'image', name: '', url }) as const
const text = (said: string) => ({ kind: 'text', text: said }) as const

/** Pictures here and elsewhere, then a tool that is called and answered. */
const CONVERSATION: Message[] = [
  { role: 'user', parts: [picture(PIXEL), picture('https://pictures.example/a.png'), text('What is this?')] },
  { role: 'assistant', text: 'A pixel.', thinking: '', calls: [] },
  { role: 'user', parts: [text('And the weather?')] },
  { role: 'assistant', text: '', thinking: '', calls: [CALL] },
  { role: 'tool', callId: 'call_1', name: 'get_weather', text: 'Sunny' },
]

/** What a dialect has of all settings. */
function fullSetup(dialect: Dialect): Setup {
  const isWide = dialect === 'chat' || dialect === 'native'
  return {
    ...newSetup(),
    dialect,
    models: ['qwen-max'],
    system: 'Be brief.',
    isStream: true,
    numbers: { temperature: 0.5, max_tokens: 100, ...(isWide && { seed: 7, n: 2 }) },
    tools: EXAMPLE_TOOLS,
    toolChoice: 'get_weather',
    thinking: true,
    ...(dialect !== 'responses' && { thinkingBudget: 50 }),
    ...(dialect !== 'anthropic' && { search: true }),
    ...(isWide && { output: 'schema', schema: EXAMPLE_SCHEMA }),
  }
}

for (const dialect of DIALECTS) {
  it(`A request that the playground sends as ${dialect} is parsed to the same set-up and conversation.`, () => {
    const setup = fullSetup(dialect)
    const { body } = wireFormats[dialect].request(setup, 'qwen-max', CONVERSATION)
    const parsed = parseRequest(dialect, JSON.parse(JSON.stringify(body)), true)
    expect(parsed).toEqual({ setup, messages: CONVERSATION, leftOut: [] })
  })

  it(`A request in ${dialect} with only a text and a model is parsed to the defaults.`, () => {
    const setup = { ...newSetup(), dialect, models: ['qwen-max'], isStream: false }
    const messages: Message[] = [{ role: 'user', parts: [text('Hi')] }]
    const { body } = wireFormats[dialect].request(setup, 'qwen-max', messages)
    const { setup: parsed, leftOut } = parseRequest(dialect, body, false)
    // Anthropic requires the field.
    const numbers = dialect === 'anthropic' ? { max_tokens: 4096 } : {}
    expect(parsed).toEqual({ ...setup, numbers })
    expect(leftOut).toEqual([])
  })
}

for (const dialect of ['chat', 'native'] as const) {
  it(`Audio, video and documents come back from ${dialect}.`, () => {
    const parts = [
      { kind: 'file', name: 'file-1', fileId: 'file-1' },
      { kind: 'audio', name: '', url: SOUND },
      { kind: 'audio', name: '', url: 'https://sounds.example/a.mp3' },
      { kind: 'video', name: '', url: 'oss://films/a.mp4' },
      text('What is this?'),
    ] as const
    const messages: Message[] = [{ role: 'user', parts: [...parts] }]
    const { body } = wireFormats[dialect].request({ ...newSetup(), dialect }, 'qwen3-omni-flash', messages)
    const { messages: parsed, leftOut } = parseRequest(dialect, body, true)
    expect(parsed).toEqual(messages)
    expect(leftOut).toEqual([])
  })
}

it('The format of audio is the ending of its URL.', () => {
  const urls = ['https://sounds.example/a.mp3?key=1.5', SOUND, 'https://sounds']
  const formats = urls.map((url) => {
    const messages: Message[] = [{ role: 'user', parts: [{ kind: 'audio', name: '', url }] }]
    const { body } = wireFormats.chat.request(newSetup(), 'qwen3-omni-flash', messages)
    return JSON.stringify(body).match(/"format":"(\w+)"/)?.[1]
  })
  expect(formats).toEqual(['mp3', 'wav', 'wav'])
})

it('Plain base64, as SDKs of OpenAI send it, becomes a data URL.', () => {
  const content = [{ type: 'input_audio', input_audio: { data: 'aGVsbG8=', format: 'mp3' } }]
  const { messages } = parseRequest('chat', { messages: [{ role: 'user', content }] }, false)
  expect(messages).toEqual([
    { role: 'user', parts: [{ kind: 'audio', name: '', url: 'data:audio/mp3;base64,aGVsbG8=' }] },
  ])
})

it('The old form of a native request, a prompt after a history, is a conversation.', () => {
  const input = { history: [{ user: 'Hi', bot: 'Hello' }], prompt: '12*7' }
  const { messages, leftOut } = parseRequest('native', { model: 'qwen-max', input }, false)
  expect(messages).toEqual([
    { role: 'user', parts: [text('Hi')] },
    { role: 'assistant', text: 'Hello', thinking: '', calls: [] },
    { role: 'user', parts: [text('12*7')] },
  ])
  expect(leftOut).toEqual([])
})

it('Thinking of an answer is kept apart from its text, in every dialect.', () => {
  const answer: Message = { role: 'assistant', text: 'Four.', thinking: 'Two and two.', calls: [] }
  const spoken = { role: 'assistant', content: 'Four.', reasoning_content: 'Two and two.' }
  const blocks = [
    { type: 'thinking', thinking: 'Two and two.', signature: '' },
    { type: 'text', text: 'Four.' },
  ]
  const items = [
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Two and two.' }] },
    {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'Four.', annotations: [] }],
    },
  ]
  expect(parseRequest('chat', { messages: [spoken] }, false).messages).toEqual([answer])
  expect(parseRequest('native', { input: { messages: [spoken] } }, false).messages).toEqual([answer])
  const anthropic = { messages: [{ role: 'assistant', content: blocks }] }
  expect(parseRequest('anthropic', anthropic, false).messages).toEqual([answer])
  const responses = parseRequest('responses', { input: items }, false)
  expect(responses).toMatchObject({ messages: [answer], leftOut: [] })
})

it('A web search is a switch in the dialects that have one, and a tool in responses.', () => {
  const tools = [{ type: 'web_search' }]
  expect(parseRequest('responses', { tools }, false).setup).toMatchObject({ search: true, tools: '' })
  expect(parseRequest('chat', { enable_search: false }, false).setup.search).toBe(false)
  expect(parseRequest('chat', {}, false).setup.search).toBeUndefined()
})

it('A choice of tools has one name in all dialects.', () => {
  const choices = [
    ['chat', 'none'],
    ['native', { type: 'function', function: { name: 'f' } }],
    ['responses', { type: 'function', name: 'f' }],
    ['anthropic', { type: 'any' }],
    ['anthropic', { type: 'tool', name: 'f' }],
    ['anthropic', { type: 'auto' }],
  ] as const
  const parsed = choices.map(([dialect, tool_choice]) => {
    const parameters = { tools: [{ type: 'function', name: 'f', function: { name: 'f' } }], tool_choice }
    return parseRequest(dialect, dialect === 'native' ? { parameters } : parameters, false).setup.toolChoice
  })
  expect(parsed).toEqual(['none', 'f', 'f', 'required', 'f', 'auto'])
})

const user = (content: unknown, more: object = {}) => ({ messages: [{ role: 'user', content, ...more }] })

/** A body, and the paths that the playground has no place for. */
const LEFT_OUT: readonly [dialect: Dialect, body: object, leftOut: string[]][] = [
  [
    'chat',
    { stop: ['x'], logprobs: true, parallel_tool_calls: false },
    ['stop', 'logprobs', 'parallel_tool_calls'],
  ],
  ['chat', { stop: null, stream: false, tools: [], response_format: { type: 'text' } }, []],
  ['chat', { stream: true, stream_options: { include_usage: true } }, []],
  [
    'chat',
    { response_format: { type: 'json_schema', json_schema: { name: 'city', strict: true, schema: {} } } },
    ['response_format.json_schema.name'],
  ],
  ['native', { parameters: { result_format: 'message', top_p: 0.5, stop: 'x' } }, ['parameters.stop']],
  [
    'native',
    { parameters: { enable_search: true, search_options: { enable_source: true, forced_search: true } } },
    ['parameters.search_options.forced_search'],
  ],
  ['native', { input: { messages: [], session_id: 's' }, resources: {} }, ['input.session_id']],
  ['responses', { previous_response_id: 'resp_1', store: true }, ['previous_response_id', 'store']],
  ['responses', { tools: [{ type: 'code_interpreter' }, { type: 'web_search' }] }, ['tools[].type']],
  ['anthropic', { thinking: { type: 'adaptive' }, metadata: { user_id: 'u' } }, ['thinking', 'metadata']],
  [
    'anthropic',
    { tools: [{ name: 'f', input_schema: {}, cache_control: { type: 'ephemeral' } }] },
    ['tools[].cache_control'],
  ],
  [
    'chat',
    user([{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }]),
    ['messages[].content[].cache_control'],
  ],
  [
    'chat',
    user([{ type: 'image_url', image_url: { url: PIXEL, detail: 'high' } }]),
    ['messages[].content[].image_url.detail'],
  ],
  ['chat', user([{ type: 'video', video: [PIXEL, PIXEL] }]), ['messages[].content[].video']],
  ['chat', user('Hi', { name: 'Ann' }), ['messages[].name']],
  ['chat', { messages: [{ role: 'assistant', content: 'Hi', partial: true }] }, ['messages[].partial']],
  [
    'responses',
    { input: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: SOUND } }] }] },
    ['messages[].content[].input_audio'],
  ],
  [
    'anthropic',
    user([{ type: 'document', source: { type: 'url', url: 'https://a.example' } }]),
    ['messages[].content[].document'],
  ],
  [
    'anthropic',
    user([{ type: 'tool_result', tool_use_id: 'c', content: [{ type: 'image', source: {} }] }]),
    ['messages[].content[].image'],
  ],
]

for (const [dialect, body, leftOut] of LEFT_OUT) {
  it(`What the playground lacks is named: ${JSON.stringify(body).slice(0, 120)} in ${dialect}.`, () => {
    expect(parseRequest(dialect, body, 'stream' in body && body.stream === true).leftOut).toEqual(leftOut)
  })
}

it('Bodies of another shape are parsed to the defaults.', () => {
  for (const body of [
    null,
    'text',
    [],
    { messages: 'Hi', tools: {}, parameters: [] },
    { messages: [null, 1, 'x'] },
  ]) {
    for (const dialect of DIALECTS) {
      expect(parseRequest(dialect, body, false).setup).toMatchObject({ dialect, tools: '', output: 'text' })
    }
  }
})
