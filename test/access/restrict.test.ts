import { describe, expect, it } from 'vitest'
import type { KeyRecord } from '../../src/access/record.ts'
import { restrictBody } from '../../src/access/restrict.ts'
import type { Endpoint } from '../../src/dashscope/endpoint.ts'
import { findEndpoint } from '../../src/dashscope/endpoints.ts'

const CHAT = (findEndpoint('POST', '/compatible-mode/v1/chat/completions') as { endpoint: Endpoint }).endpoint
const PLAIN: KeyRecord = { id: 'key_1', name: 'n', created_at: '2026-11-24T12:00:00Z', cache_generation: 0 }
const TWICE = '{"model":"qwen-max","model":"qwen-flash","messages":[]}'

function restrict(text: string, key: Partial<KeyRecord> = {}, isToken = false) {
  const source = { bytes: new TextEncoder().encode(text), text, body: JSON.parse(text) }
  const token = isToken ? { token: { id: 'tok_1', expires: 0 } } : {}
  return restrictBody(source, { key: { ...PLAIN, ...key }, ...token }, CHAT, undefined) === source
}

describe('restrictBody and a JSON key that stands twice', () => {
  it.each<[string, Partial<KeyRecord>, boolean?]>([
    ['named models', { models: ['qwen-*'] }],
    ['caps', { caps: { n: 1 } }],
    ['limits, which are counted by the price of a model', { limits: { money_per_day: 1 } }],
    ['a session token', {}, true],
  ])('refuses it under %s', (_, key, isToken) => {
    expect(() => restrict(TWICE, key, isToken)).toThrow('model: the key stands twice')
  })

  it.each([
    '{"messages":[{"content":"fileid://f-1"}],"messages":[]}',
    '{"messages":[{"content":"\\u0066ileid:\\/\\/f-1"}],"messages":[]}',
    '{"messages":[{"content":[{"file_id":"f-1","file_id":"f-2"}]}]}',
    '{"messages":[{"content":[{"fil\\u0065_id":"f-1","text":"x","text":"y"}]}]}',
    '{"parameters":{"workspace":"llm-1"},"parameters":{}}',
    '{"parameters":{"work\\u0073pace":"llm-1"},"parameters":{}}',
  ])('refuses it of every key where a file or workspace may be named: %s', (text) => {
    expect(() => restrict(text)).toThrow('stands twice')
  })

  it('leaves it to DashScope where nothing hangs on it', () => {
    expect(restrict(TWICE)).toBe(true)
    expect(restrict('{"messages":[{"content":"\\u4f60"}],"messages":[]}')).toBe(true)
  })
})
