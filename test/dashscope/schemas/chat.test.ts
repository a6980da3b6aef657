import { describe, expect, test } from 'vitest'
import { chatCompletions } from '../../../src/dashscope/schemas/compatible.ts'
import { refusal } from './refusal.ts'

const hello = { role: 'user', content: 'hello' }
const ask = (rest: Record<string, unknown>) => ({ model: 'qwen-plus', messages: [hello], ...rest })
const say = (message: unknown) => ask({ messages: [hello, message] })

describe('what DashScope accepts', () => {
  test.each<[string, unknown]>([
    ['a question', ask({})],
    ['a stream', ask({ stream: true, stream_options: { include_usage: true } })],
    ['nulls', ask({ stream: null, temperature: null, seed: null, tools: null, max_tokens: null, n: null })],
    ['DashScope extras', ask({ enable_search: true, enable_thinking: false, thinking_budget: 5, top_k: 3 })],
    ['bounds of other makers', ask({ temperature: 2, top_p: 0 })],
    ['the largest seed', ask(JSON.parse('{"seed":9223372036854775807}'))],
    ['a developer', say({ role: 'developer', content: 'be kind' })],
    ['an assistant without content', say({ role: 'assistant', tool_calls: [] })],
    ['a null content', say({ role: 'assistant', content: null })],
    ['parts', say({ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://a' } }] })],
    ['a tool answer', say({ role: 'tool', content: '18', tool_call_id: 'call_1' })],
    ['a string as a part', say({ role: 'user', content: ['hello', { text: 'x' }] })],
    ['an attachment', say({ role: 'attachment', content: 'x' })],
    ["PHP's empty array for an empty object", ask({ stream_options: [], tools: [[]] })],
    ['a function answer', say({ role: 'function', content: '18', name: 'f' })],
  ])('The schema accepts %s', (_, body) => {
    expect(refusal(chatCompletions(), body)).toBeUndefined()
  })
})

describe('what DashScope always refuses', () => {
  const role = 'expected one of "system", "developer", "user", "assistant", "tool", "function", "attachment"'

  test.each<[unknown, string]>([
    [{ messages: [hello] }, 'model: expected a non-empty string, got nothing.'],
    [{ model: 'qwen-plus' }, 'messages: expected an array, got nothing.'],
    [ask({ messages: [] }), 'messages: expected at least one message, got an empty array.'],
    [ask({ messages: 'hello' }), 'messages: expected an array, got a string.'],
    [say({ role: 'robot', content: 'x' }), `messages[1].role: ${role}, got "robot".`],
    [say({ role: 'user', content: 5 }), 'messages[1].content: expected a string or an array, got 5.'],
    [say({ role: 'user', content: [5] }), 'messages[1].content[0]: expected an object, got 5.'],
    [ask({ stream: 'true' }), 'stream: expected true or false, got "true".'],
    [ask({ stream_options: true }), 'stream_options: expected an object, got true.'],
    [ask({ temperature: 'hot' }), 'temperature: expected a number, got "hot".'],
    [ask({ top_p: [] }), 'top_p: expected a number, got an empty array.'],
    [ask({ seed: -1 }), 'seed: expected a whole number of at least 0, got -1.'],
    [ask({ seed: 1.5 }), 'seed: expected a whole number of at least 0, got 1.5.'],
    [ask({ max_tokens: 0 }), 'max_tokens: expected a number of at least 1, got 0.'],
    [ask({ n: 0 }), 'n: expected a number of at least 1, got 0.'],
    [ask({ tools: {} }), 'tools: expected an array, got an object.'],
    [ask({ enable_search: 1 }), 'enable_search: expected true or false, got 1.'],
  ])('The schema refuses %j', (body, sentence) => {
    expect(refusal(chatCompletions(), body)).toBe(sentence)
  })
})
