import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/errors.ts'
import { bytesOf, textOf } from '../../src/lib/json/utf8.ts'
import type { Policy } from '../../src/policy/key-record.ts'
import { BatchCheck } from '../../src/proxy/upload/batch-check.ts'
import { checkLine, type LineRules } from '../../src/proxy/upload/batch-line.ts'
import { line } from './upload-rig.ts'

function rules(policy: Partial<Policy> = {}): LineRules {
  const principal = { keyId: 'key_0000000000000000', policy: { cache_generation: 0, ...policy } }
  return { principal, region: 'beijing', billing: { currency: 'CNY', overrides: {} } }
}

function check(text: string, policy: Partial<Policy> = {}) {
  return checkLine(bytesOf(text), 7, rules(policy))
}

/** The reason and the message of a refusal. */
function refusal(text: string, policy: Partial<Policy> = {}): string {
  try {
    check(text, policy)
    return 'passes'
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown
    return `${thrown.reason} ${thrown.message}`
  }
}

describe('a line of a batch file', () => {
  it('An empty line is not a request.', () => {
    for (const text of ['', '\n', ' \t\r\n']) expect(check(text)).toBeUndefined()
  })

  it.each<[string, string, Partial<Policy>, string]>([
    ['well formed', line('a'), {}, 'passes'],
    ['with other members', line('a').replace('{', '{"x":1,'), {}, 'passes'],
    ['of an allowed model', line('a'), { models: ['qwen-*'] }, 'passes'],
    ['of another model', line('a'), { models: ['qwen-max'] }, 'modelDenied Line 7 (custom_id "a")'],
    ['of an alias', line('a', {}, 'fast'), { aliases: { fast: 'qwen-flash' } }, 'passes'],
    [
      'of an alias of another model',
      line('a', {}, 'fast'),
      { aliases: { fast: 'qwen-flash' }, models: ['qwen-max'] },
      'modelDenied',
    ],
    ['within the caps', line('a', { max_tokens: 5 }), { caps: { max_tokens: 5 } }, 'passes'],
    ['beyond the caps', line('a', { max_tokens: 6 }), { caps: { max_tokens: 5 } }, 'denied'],
    [
      'with a tool if none is allowed',
      line('a', { tools: [{ type: 'x' }] }),
      { caps: { tools: false } },
      'denied',
    ],
    ['with a workspace', line('a', { parameters: { workspace: 'ws' } }), {}, 'denied'],
    [
      'of the free test where money is bounded',
      line('a', {}, 'batch-test-model').replace('/v1/chat/completions', '/v1/chat/ds-test'),
      { limits: { money_per_day: 1 } },
      'passes',
    ],
    [
      'without a price where money is bounded',
      line('a', {}, 'new-model'),
      { limits: { money_per_day: 1 } },
      'modelDenied',
    ],
    ['without a price', line('a', {}, 'new-model'), {}, 'passes'],
    ['that is a number', '5', {}, 'invalid Line 7: expected a JSON object'],
    ['with a number as its custom_id', line('a').replace('"a"', '5'), {}, 'invalid Line 7: custom_id'],
    ['with an empty custom_id', line(''), {}, 'invalid Line 7 (custom_id ""): custom_id'],
    [
      'with a long custom_id',
      line('x'.repeat(100), {}, ''),
      {},
      `invalid Line 7 (custom_id "${'x'.repeat(64)}")`,
    ],
    ['whose url is that of Object', line('a').replace('/v1/chat/completions', 'constructor'), {}, 'invalid'],
    [
      'whose body is a text',
      '{"custom_id":"a","method":"POST","url":"/v1/embeddings","body":"x"}',
      {},
      'invalid',
    ],
    ['whose model is a list', line('a').replace('"qwen-plus"', '["qwen-plus"]'), {}, 'invalid'],
    ['of the test endpoint', line('a').replace('completions', 'ds-test'), {}, 'passes'],
  ])('A line is accepted or refused: %s', (_name, text, policy, expected) => {
    expect(refusal(text, policy).slice(0, expected.length)).toBe(expected)
  })

  it('A line is estimated at the batch price, and lists the files that it names.', () => {
    const text = line('a', {
      max_tokens: 1000,
      messages: [
        { role: 'system', content: 'fileid://file-fe-1' },
        { role: 'user', content: 'oss://a/b' },
      ],
    })
    const checked = check(text)
    expect(checked).toMatchObject({ model: 'qwen-plus' })
    expect([...(checked?.namedIds ?? [])]).toEqual([
      ['upload', ['a/b']],
      ['file', ['file-fe-1']],
    ])
    expect(checked?.usage.output).toBe(1000)
    expect(checked?.money).toBeGreaterThan(0)
    expect(check(text.replace('oss://a/b', ' oss://a/b'))?.namedIds.get('upload')).toEqual(['a/b'])
  })
})

describe('the lines of a batch file', () => {
  const text = [line('1'), '\n', line('2', { user: 'é€' }, 'fast'), line('3').trim()].join('')

  it('Lines are added up wherever the chunks end.', () => {
    for (const aliases of [undefined, { fast: 'qwen-flash' }]) {
      for (const size of [1, 3, 100, 10_000]) {
        const batch = new BatchCheck(rules(aliases && { aliases }))
        const sent: Uint8Array[] = []
        const bytes = bytesOf(text)
        for (let at = 0; at < bytes.length; at += size) sent.push(...batch.push(bytes.slice(at, at + size)))
        sent.push(...batch.end())
        const expected = aliases ? text.replace('"fast"', '"qwen-flash"') : text
        expect(textOf(Buffer.concat(sent))).toBe(expected)
        expect(batch.sums).toMatchObject({ lines: 3, model: 'qwen-plus' })
        expect(batch.hasChanged).toBe(aliases !== undefined)
      }
    }
  })

  it('Lines have no price together if one of them has none.', () => {
    const batch = new BatchCheck(rules())
    batch.push(bytesOf(line('1') + line('2', {}, 'new-model')))
    expect(batch.sums.money).toBeUndefined()
  })
})
