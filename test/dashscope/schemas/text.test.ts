import { describe, expect, test } from 'vitest'
import { textGeneration } from '../../../src/dashscope/schemas/native.ts'
import { refusal } from './refusal.ts'

const ask = (input: unknown, rest: Record<string, unknown> = {}) => ({ model: 'qwen-plus', input, ...rest })
const say = (message: unknown) => ask({ messages: [{ role: 'user', content: 'hello' }, message] })
const tune = (parameters: unknown) => ask({ prompt: 'hello' }, { parameters })

const toolCall = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } }
const oddTool = {
  type: 'function',
  function: { name: 'weather', parameters: 'not-a-schema', required: ['location'] },
}

describe('what DashScope accepts', () => {
  test.each<[string, unknown]>([
    ['a prompt', ask({ prompt: 'hello' })],
    ['a prompt with a history', ask({ prompt: 'hello', history: [{ user: 'a', bot: 'b' }] })],
    ['an empty messages next to a prompt', ask({ prompt: 'hello', messages: [] })],
    ['a null messages next to a prompt', ask({ prompt: 'hello', messages: null })],
    ['a null prompt next to messages', ask({ prompt: null, messages: [{ role: 'user', content: 'hello' }] })],
    ['a cipher text as input', ask('q2lwaGVy')],
    ['no parameters', ask({ prompt: 'hello' })],
    ['empty parameters', tune({})],
    ['null parameters', tune(null)],
    ['the empty array PHP writes for an empty object', tune([])],
    ['top-level stream and resources', ask({ prompt: 'hello' }, { stream: false, resources: { a: 1 } })],
    ['unknown fields everywhere', { ...say({ role: 'user', content: 'x', mood: 1 }), x_unknown: [1] }],
    ['unknown parameters', tune({ x_unknown: { deep: [1] } })],
    ['a missing content next to tool calls', say({ role: 'assistant', tool_calls: [toolCall] })],
    ['a null content next to tool calls', say({ role: 'assistant', content: null, tool_calls: [toolCall] })],
    ['a tool answer', say({ role: 'tool', content: '18 degrees', tool_call_id: 'call_1' })],
    ['a prefix to continue', say({ role: 'assistant', content: 'Once', partial: true })],
    ['the role function', say({ role: 'function', content: 'x', name: 'f' })],
    ['the role plugin without content', say({ role: 'plugin' })],
    ['the role system', say({ role: 'system', content: 'fileid://a,fileid://b' })],
    ['an empty content', say({ role: 'assistant', content: '' })],
    [
      'parts with a cache mark',
      say({ role: 'user', content: [{ text: 'x', cache_control: { type: 'ephemeral' } }] }),
    ],
    [
      'parts of an unknown kind',
      say({ role: 'user', content: [{ type: 'doc_url', doc_url: ['https://a'] }] }),
    ],
    ['odd tools', tune({ tools: [oddTool] })],
    ['a forced tool', tune({ tool_choice: { type: 'function', function: { name: 'weather' } } })],
    ['a named tool choice', tune({ tool_choice: 'auto' })],
    ['the largest seed', tune(JSON.parse('{"seed":9223372036854775807}'))],
    ['a stop text', tune({ stop: 'end' })],
    ['stop texts', tune({ stop: ['end', 'halt'] })],
    ['stop tokens', tune({ stop: [[37763, 367]] })],
    ['a temperature of 0', tune({ temperature: 0 })],
    ['a temperature just below 2', tune({ temperature: 1.999 })],
    ['a top_p of 1', tune({ top_p: 1 })],
    ['a top_k of 0', tune({ top_k: 0 })],
    ['the bounds of presence_penalty', tune({ presence_penalty: -2, repetition_penalty: 0.01 })],
    ['the bounds of n and max_tokens', tune({ n: 4, max_tokens: 1 })],
    [
      'nulls',
      tune({ top_k: null, temperature: null, tools: null, stop: null, enable_search: null, n: null }),
    ],
  ])('The schema accepts %s', (_, body) => {
    expect(refusal(textGeneration(), body)).toBeUndefined()
  })
})

describe('what DashScope always refuses', () => {
  const role = 'expected one of "system", "user", "assistant", "tool", "function", "plugin", "attachment"'
  const content = 'expected a string or an array; only an assistant message with "tool_calls" may go without'

  test.each<[unknown, string]>([
    [{ input: { prompt: 'x' } }, 'model: expected a non-empty string, got nothing.'],
    [{ model: '', input: { prompt: 'x' } }, 'model: expected a non-empty string, got an empty string.'],
    [{ model: 7, input: { prompt: 'x' } }, 'model: expected a non-empty string, got 7.'],
    [{ model: null, input: { prompt: 'x' } }, 'model: expected a non-empty string, got null.'],
    [{ model: 'qwen-plus', messages: [] }, 'input: expected an object, got nothing.'],
    [ask(null), 'input: expected an object, got null.'],
    [ask([]), 'input: expected an object, got an empty array.'],
    [ask({}), 'input: expected either "prompt" or "messages".'],
    [ask({ prompt: null, messages: null }), 'input: expected either "prompt" or "messages".'],
    [ask({ history: [] }), 'input: expected either "prompt" or "messages".'],
    [ask({ prompt: ['x'] }), 'input.prompt: expected a string, got an array.'],
    [ask({ messages: [] }), 'input.messages: expected at least one message.'],
    [ask({ messages: {} }), 'input.messages: expected an array, got an object.'],
    [ask({ messages: 'what I wrote' }), 'input.messages: expected an array, got a string.'],
    [say('hello'), 'input.messages[1]: expected an object, got a string.'],
    [say(null), 'input.messages[1]: expected an object, got null.'],
    [say({ role: 'robot', content: 'x' }), `input.messages[1].role: ${role}, got "robot".`],
    [say({ content: 'x' }), `input.messages[1].role: ${role}, got nothing.`],
    [say({ role: 'user' }), `input.messages[1].content: ${content}.`],
    [say({ role: 'assistant' }), `input.messages[1].content: ${content}.`],
    [say({ role: 'assistant', tool_calls: null }), `input.messages[1].content: ${content}.`],
    [say({ role: 'user', tool_calls: [toolCall] }), `input.messages[1].content: ${content}.`],
    [say({ role: 'user', content: 5 }), 'input.messages[1].content: expected a string or an array, got 5.'],
    [
      say({ role: 'user', content: {} }),
      'input.messages[1].content: expected a string or an array, got an object.',
    ],
    [say({ role: 'user', content: [5] }), 'input.messages[1].content[0]: expected an object, got 5.'],
    [tune('warm'), 'parameters: expected an object, got a string.'],
    [tune([1]), 'parameters: expected an object, got an array.'],
    [tune({ temperature: 3 }), 'parameters.temperature: expected a number of at least 0 and below 2, got 3.'],
    [tune({ temperature: 2 }), 'parameters.temperature: expected a number of at least 0 and below 2, got 2.'],
    [
      tune({ temperature: -0.1 }),
      'parameters.temperature: expected a number of at least 0 and below 2, got -0.1.',
    ],
    [
      tune({ temperature: '1' }),
      'parameters.temperature: expected a number of at least 0 and below 2, got "1".',
    ],
    [tune({ top_p: 0 }), 'parameters.top_p: expected a number above 0 and at most 1, got 0.'],
    [tune({ top_p: 1.1 }), 'parameters.top_p: expected a number above 0 and at most 1, got 1.1.'],
    [tune({ top_k: -1 }), 'parameters.top_k: expected a number of at least 0, got -1.'],
    [tune({ repetition_penalty: 0 }), 'parameters.repetition_penalty: expected a number above 0, got 0.'],
    [
      tune({ presence_penalty: 2.5 }),
      'parameters.presence_penalty: expected a number of at least -2 and at most 2, got 2.5.',
    ],
    [
      tune({ presence_penalty: -3 }),
      'parameters.presence_penalty: expected a number of at least -2 and at most 2, got -3.',
    ],
    [tune({ max_tokens: 0 }), 'parameters.max_tokens: expected a number of at least 1, got 0.'],
    [
      tune({ max_completion_tokens: 'all' }),
      'parameters.max_completion_tokens: expected a number, got "all".',
    ],
    [tune({ seed: -1 }), 'parameters.seed: expected a number of at least 0, got -1.'],
    [tune({ n: 0 }), 'parameters.n: expected a number of at least 1 and at most 4, got 0.'],
    [tune({ n: 5 }), 'parameters.n: expected a number of at least 1 and at most 4, got 5.'],
    [tune({ stop: 5 }), 'parameters.stop: expected a string or an array, got 5.'],
    [tune({ incremental_output: 1 }), 'parameters.incremental_output: expected true or false, got 1.'],
    [tune({ enable_search: 'yes' }), 'parameters.enable_search: expected true or false, got "yes".'],
    [tune({ enable_thinking: {} }), 'parameters.enable_thinking: expected true or false, got an object.'],
    [tune({ tools: {} }), 'parameters.tools: expected an array, got an object.'],
    [tune({ tools: ['weather'] }), 'parameters.tools[0]: expected an object, got a string.'],
    [tune({ tool_choice: true }), 'parameters.tool_choice: expected a string or an object, got true.'],
    [
      tune({ response_format: 'json_object' }),
      'parameters.response_format: expected an object, got a string.',
    ],
    [tune({ search_options: true }), 'parameters.search_options: expected an object, got true.'],
  ])('The schema refuses %j', (body, sentence) => {
    expect(refusal(textGeneration(), body)).toBe(sentence)
  })
})
