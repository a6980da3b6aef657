import { describe, expect, it } from 'vitest'
import type { Policy, Principal } from '../../src/policy/key-record.ts'
import { restrictBody } from '../../src/policy/restrict.ts'
import { endpointOf } from '../auth/endpoint.ts'
import { source } from '../auth/freeze.ts'

const PLAIN: Policy = { cache_generation: 0 }
const TWICE = '{"model":"qwen-max","model":"qwen-flash","messages":[]}'

function restrict(text: string, key: Partial<Policy> = {}, isToken = false) {
  const body = source(text)
  const token = isToken ? { token: { id: 'tok_1', expires: 0 } } : {}
  return (
    restrictBody(
      body,
      { keyId: 'key_1', policy: { ...PLAIN, ...key }, ...token },
      endpointOf('chat'),
      undefined,
    ) === body
  )
}

describe('restrictBody and a repeated JSON key', () => {
  it.each<[string, Partial<Policy>, boolean?]>([
    ['named models', { models: ['qwen-*'] }],
    ['caps', { caps: { n: 1 } }],
    ['limits, which are counted by the price of a model', { limits: { money_per_day: 1 } }],
    ['limits of end users', { user_limits: { tokens_per_day: 1 }, user_from: 'body' }],
    ['a session token', {}, true],
  ])('A repeated key is refused under %s', (_, key, isToken) => {
    expect(() => restrict(TWICE, key, isToken)).toThrow('model: the key is repeated')
  })

  it.each([
    '{"messages":[{"content":"fileid://f-1"}],"messages":[]}',
    '{"messages":[{"content":"\\u0066ileid:\\/\\/f-1"}],"messages":[]}',
    '{"messages":[{"content":[{"file_id":"f-1","file_id":"f-2"}]}]}',
    '{"messages":[{"content":[{"fil\\u0065_id":"f-1","text":"x","text":"y"}]}]}',
    '{"parameters":{"workspace":"llm-1"},"parameters":{}}',
    '{"parameters":{"work\\u0073pace":"llm-1"},"parameters":{}}',
  ])('A repeated key is refused if a file or workspace may be named: %s', (text) => {
    expect(() => restrict(text)).toThrow('is repeated')
  })

  it('A repeated key is left to DashScope if nothing depends on it.', () => {
    expect(restrict(TWICE)).toBe(true)
    expect(restrict('{"messages":[{"content":"\\u4f60"}],"messages":[]}')).toBe(true)
  })
})

describe('restrictBody', () => {
  const key = { keyId: 'key_1', policy: PLAIN }
  const token = { id: 'tok_1', expires: 0 }
  const twice = source('{"model":"cheap","model":"dear"}')

  it.each<[string, Principal, boolean]>([
    ['a key without a policy', key, false],
    ['a key with models', { ...key, policy: { ...PLAIN, models: ['cheap'] } }, true],
    ['a key with caps', { ...key, policy: { ...PLAIN, caps: { n: 1 } } }, true],
    ['a session token', { ...key, token }, true],
  ])('Whether the body is searched for repeated keys for %s: %j', (_, principal, looks) => {
    const act = () => restrictBody(twice, principal, endpointOf('chat'), undefined)
    if (looks) expect(act).toThrow(expect.objectContaining({ reason: 'invalid', param: 'model' }))
    else expect(act()).toBe(twice)
  })

  it('The parts that the token fixes are added.', () => {
    const principal = { ...key, token: { ...token, frozen: { model: 'cheap' } } }
    expect(restrictBody(source('{"n":1}'), principal, endpointOf('chat'), undefined).text).toBe(
      '{"model":"cheap","n":1}',
    )
    expect(() => restrictBody(twice, principal, endpointOf('chat'), undefined)).toThrow(/is repeated/)
  })
})
