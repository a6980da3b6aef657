import { describe, expect, it } from 'vitest'
import type { KeyRecord } from '../../src/policy/key-record.ts'
import { allowEndpoint, allowModel, allowWorkspace, matchesGlob } from '../../src/policy/policy.ts'

const open: KeyRecord = {
  id: 'key_0',
  name: 'n',
  created_at: '2026-01-01T00:00:00.000Z',
  cache_generation: 0,
}

describe('matchesGlob', () => {
  it.each([
    ['qwen-max', 'qwen-max', true],
    ['qwen-max', 'qwen-max-latest', false],
    ['qwen-max', 'Qwen-Max', false],
    ['qwen-max', '', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['qwen-*', 'qwen-', true],
    ['qwen-*', 'qwen-max', true],
    ['qwen-*', 'my-qwen-max', false],
    ['*-latest', 'qwen-max-latest', true],
    ['*-latest', 'qwen-max-latest-1', false],
    ['qwen*vl*max', 'qwen2.5-vl-72b-max', true],
    ['qwen*vl*max', 'qwen-max-vl', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['ab*bc', 'abc', false],
    ['**', 'x', true],
    ['qwen.max', 'qwenxmax', false],
    ['qwen-[a-z]', 'qwen-a', false],
    ['qwen-?', 'qwen-a', false],
    ['app:*', 'app:123', true],
  ])('Whether %j covers %j: %j', (glob, text, covered) => {
    expect(matchesGlob(glob, text)).toBe(covered)
  })

  it('Matching ends soon on a glob that was made to run for ever.', () => {
    expect(matchesGlob(`${'a*'.repeat(100)}b`, 'a'.repeat(100_000))).toBe(false)
  })
})

describe('allowModel', () => {
  const record = { ...open, models: ['qwen-*', 'text-embedding-v4'] }

  it('A key without a list may use every model.', () => {
    expect(() => allowModel(open, 'whatever')).not.toThrow()
  })

  it.each(['qwen-max', 'text-embedding-v4'])('A listed model passes: %j', (model) => {
    expect(() => allowModel(record, model)).not.toThrow()
  })

  it.each([
    '',
    'deepseek-v3',
    'QWEN-MAX',
    ' qwen-max',
    'qwen-max ',
    'qwen-max\n',
    'qwen-max\u0000',
    'qwen-\u200bmax',
    'qwen-a b',
    'text-embedding-v4\t',
    '__proto__',
  ])('The model %j is refused.', (model) => {
    expect(() => allowModel(record, model)).toThrow(
      expect.objectContaining({ reason: 'modelDenied', status: 403, param: 'model' }),
    )
  })

  it('The message names the rule.', () => {
    expect(() => allowModel(record, 'x')).toThrow(
      'This key may not use the model "x"; it may use: qwen-*, text-embedding-v4.',
    )
  })

  it('The message repeats only the beginning of a long name.', () => {
    expect(() => allowModel(record, 'm'.repeat(1_000_000))).toThrow(
      `This key may not use the model "${'m'.repeat(64)}…"; it may use: qwen-*, text-embedding-v4.`,
    )
  })
})

describe('allowEndpoint', () => {
  it('A key without a list may use every endpoint.', () => {
    expect(() => allowEndpoint(open, 'responses')).not.toThrow()
  })

  it('A listed endpoint passes, and others are refused by name.', () => {
    const record = { ...open, endpoints: ['text-generation', 'responses'] }
    expect(() => allowEndpoint(record, 'responses')).not.toThrow()
    expect(() => allowEndpoint(record, 'response')).toThrow(
      expect.objectContaining({
        reason: 'denied',
        message: 'This key may not use the endpoint "response"; it may use: text-generation, responses.',
      }),
    )
  })
})

describe('allowWorkspace', () => {
  const record = { ...open, workspaces: ['llm-a*'] }
  const headers = (value: string) => new Headers({ 'x-dashscope-workspace': value })
  const body = (workspace: unknown) => ({ parameters: { workspace } })

  it.each<[string, boolean, Headers, unknown]>([
    ['no workspace', false, new Headers(), undefined],
    ['no workspace in its body', false, new Headers(), body(null)],
    ['an empty workspace', false, headers(''), body('')],
    ['a covered workspace', true, headers('llm-a1'), body('llm-a2')],
    [
      'a workspace in the header of another SDK',
      true,
      new Headers({ 'x-dashscope-workspaceid': 'llm-a' }),
      {},
    ],
    ['a workspace in its body', true, new Headers(), body('llm-a2')],
  ])('A request with %s passes, and whether it names a workspace is %s', (_, isNamed, named, asked) => {
    expect(allowWorkspace(record, named, asked)).toBe(isNamed)
  })

  it.each<[string, Headers, unknown]>([
    ['another workspace', headers('llm-b'), undefined],
    [
      'another workspace after the right one, as in a header that is sent twice',
      headers('llm-a1, llm-b'),
      undefined,
    ],
    ['another workspace after a comma without a space', headers('llm-a1,llm-b'), undefined],
    ['another workspace in its body', new Headers(), body('llm-b')],
    ['a number', new Headers(), body(1)],
    ['a list', new Headers(), body(['llm-b'])],
    ['an object', new Headers(), body({ toString: 1, valueOf: 1 })],
  ])('A request with %s is refused.', (_, named, asked) => {
    expect(() => allowWorkspace(record, named, asked)).toThrow('This key may not use the workspace')
  })
})
