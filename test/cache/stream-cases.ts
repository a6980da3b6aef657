import type { Framing } from '../../src/dashscope/stream/framing.ts'
import { CHAT, chatBody, MESSAGES, messagesBody, nativeBody, SSE, TEXT } from '../harness/caller.ts'
import { STREAM_WITH_USAGE } from './stream-rig.ts'

const MULTIMODAL = '/api/v1/services/aigc/multimodal-generation/generation'
const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'weather',
      parameters: { type: 'object', properties: { city: {} } },
    },
  },
  {
    type: 'function',
    function: {
      name: 'get_time',
      description: 'time',
      parameters: { type: 'object', properties: { city: {} } },
    },
  },
]
const ANTHROPIC_TOOLS = [
  { name: 'get_weather', description: 'weather', input_schema: { type: 'object', properties: { city: {} } } },
]

/** A question that can be asked for a whole answer and as a stream. */
export interface Case {
  name: string
  path: string
  format: Framing['format']
  /** The body of a whole answer, and what a stream adds to it. */
  whole: (text: string) => object
  stream: (text: string) => object
  headers?: Record<string, string>
  incremental?: boolean
}

const native = (
  name: string,
  model: string,
  parameters: object,
  streamed: object,
  incremental = true,
): Case => ({
  name,
  path: TEXT,
  format: 'native',
  incremental,
  whole: (text) => nativeBody(model, text, parameters),
  stream: (text) => nativeBody(model, text, { ...parameters, ...streamed }),
  headers: SSE,
})

/** Each dialect, with what changes the frames of a stream. */
export const CASES: Case[] = [
  native('native, increments', 'qwen-plus', {}, { incremental_output: true }),
  native('native, as the Python SDK frames it', 'qwen-plus', {}, { incremental_output: true, stream: true }),
  native('native, all so far', 'qwen-plus', {}, { incremental_output: false }, false),
  native('native, by default all so far', 'qwen-plus', {}, {}, false),
  native('native, by default increments', 'qwen3-max', {}, {}),
  native('native text', 'qwen-plus', { result_format: 'text' }, { incremental_output: true }),
  native('native text, all so far', 'qwen-plus', { result_format: 'text' }, {}, false),
  native('native, thinking', 'deepseek-v4-pro', { enable_thinking: true }, { incremental_output: true }),
  native('native, tools', 'qwen-plus', { tools: TOOLS }, { incremental_output: true }),
  native('native, tools, all so far', 'qwen-plus', { tools: TOOLS }, { incremental_output: false }, false),
  native('native, two answers', 'qwen-plus', { n: 2 }, { incremental_output: true }),
  {
    name: 'multimodal',
    path: MULTIMODAL,
    format: 'native',
    whole: (text) => ({
      model: 'qwen-vl-max',
      input: { messages: [{ role: 'user', content: [{ text }] }] },
      parameters: {},
    }),
    stream: (text) => ({
      model: 'qwen-vl-max',
      input: { messages: [{ role: 'user', content: [{ text }] }] },
      parameters: { incremental_output: true },
    }),
    headers: { accept: 'text/event-stream' },
  },
  {
    name: 'compatible with usage',
    path: CHAT,
    format: 'chat',
    whole: (text) => chatBody('qwen-plus', text),
    stream: (text) => chatBody('qwen-plus', text, STREAM_WITH_USAGE),
  },
  {
    name: 'compatible, thinking',
    path: CHAT,
    format: 'chat',
    whole: (text) => chatBody('deepseek-v4-pro', text, { enable_thinking: true }),
    stream: (text) =>
      chatBody('deepseek-v4-pro', text, {
        enable_thinking: true,
        ...STREAM_WITH_USAGE,
      }),
  },
  {
    name: 'compatible, tools',
    path: CHAT,
    format: 'chat',
    whole: (text) => chatBody('qwen-plus', text, { tools: TOOLS }),
    stream: (text) => chatBody('qwen-plus', text, { tools: TOOLS, ...STREAM_WITH_USAGE }),
  },
  {
    name: 'Anthropic',
    path: MESSAGES,
    format: 'anthropic',
    whole: (text) => messagesBody('qwen-plus', text, { max_tokens: 900 }),
    stream: (text) => messagesBody('qwen-plus', text, { max_tokens: 900, stream: true }),
  },
  {
    name: 'Anthropic, thinking',
    path: MESSAGES,
    format: 'anthropic',
    whole: (text) =>
      messagesBody('qwen-plus', text, { max_tokens: 900, thinking: { type: 'enabled', budget_tokens: 99 } }),
    stream: (text) =>
      messagesBody('qwen-plus', text, {
        max_tokens: 900,
        thinking: { type: 'enabled', budget_tokens: 99 },
        stream: true,
      }),
  },
  {
    name: 'Anthropic, tools',
    path: MESSAGES,
    format: 'anthropic',
    whole: (text) => messagesBody('qwen-plus', text, { tools: ANTHROPIC_TOOLS }),
    stream: (text) => messagesBody('qwen-plus', text, { tools: ANTHROPIC_TOOLS, stream: true }),
  },
]
