import { describe, expect, it } from 'vitest'
import {
  coversModel,
  coversOrigin,
  narrowCaps,
  narrowModels,
  narrowOrigins,
} from '../../src/policy/narrow.ts'

describe('coversModel', () => {
  it.each<[string, string, boolean]>([
    ['qwen-plus', 'qwen-plus', true],
    ['qwen-plus', 'qwen-max', false],
    ['qwen-*', 'qwen-plus', true],
    ['qwen-*', 'qwen-*', true],
    ['qwen-*', 'qwen-plus*', true],
    ['qwen-*', 'qwen*', false],
    ['qwen-*', '*', false],
    ['*', '*', true],
    ['*', 'qwen-*', true],
    ['*', '*-latest', false],
    ['qwen-*', 'qwen-*-latest', false],
    ['qwen-*-latest', 'qwen-*-latest', true],
    ['*-latest', 'qwen-plus-latest', true],
    ['*-latest', 'qwen-*', false],
    ['qwen-plus', 'qwen-plus*', false],
    ['qwen-*', 'QWEN-plus', false],
    ['qwen-*', ' qwen-plus', false],
    ['qwen-*', '**', false],
    ['**', 'qwen-*', false],
  ])('Whether the model pattern %j covers %j: %j', (glob, asked, covered) => {
    expect(coversModel(glob, asked)).toBe(covered)
  })
})

describe('coversOrigin', () => {
  it.each<[string, string, boolean]>([
    ['https://a.example', 'https://a.example', true],
    ['https://a.example', 'https://*.a.example', false],
    ['https://any.a.example', 'https://*.a.example', false],
    ['https://*.a.example', 'https://b.a.example', true],
    ['https://*.a.example', 'https://a.example', false],
    ['https://*.a.example', 'https://*.a.example', true],
    ['https://*.a.example', 'https://*.b.a.example', true],
    ['https://*.b.a.example', 'https://*.a.example', false],
    ['https://*.a.example', 'http://b.a.example', false],
    ['https://*.a.example', 'https://b.a.example:8443', false],
  ])('Whether the origin pattern %j covers %j: %j', (pattern, asked, covered) => {
    expect(coversOrigin(pattern, asked)).toBe(covered)
  })
})

describe('lists', () => {
  it("Without a narrower list the parent's list applies, and without a parent's list any is allowed.", () => {
    expect(narrowModels(undefined, undefined)).toBeUndefined()
    expect(narrowModels(['qwen-*'], undefined)).toEqual(['qwen-*'])
    expect(narrowModels(undefined, ['qwen-*'])).toEqual(['qwen-*'])
    expect(narrowModels(['a', 'qwen-*'], ['qwen-plus'])).toEqual(['qwen-plus'])
  })

  it('An item that the parent may not use is named.', () => {
    expect(() => narrowModels(['a', 'qwen-*'], ['a', 'b'])).toThrow(
      expect.objectContaining({
        reason: 'denied',
        param: 'models[1]',
        message: 'models[1]: the key itself may not use "b"; a token may only have a subset of: a, qwen-*.',
      }),
    )
  })

  it('A key without origins counts as having ALLOWED_ORIGINS.', () => {
    expect(narrowOrigins(undefined, undefined, ['https://a.example'])).toBeUndefined()
    expect(narrowOrigins(undefined, ['https://a.example'], ['https://a.example'])).toEqual([
      'https://a.example',
    ])
    expect(narrowOrigins(['https://b.example'], [], ['https://a.example'])).toEqual([])
    expect(() => narrowOrigins(undefined, ['https://a.example'], [])).toThrow(/subset of: nothing/)
    expect(() => narrowOrigins([], ['https://a.example'], ['https://a.example'])).toThrow(/origins\[0\]/)
  })
})

describe('narrowCaps', () => {
  it('Both sets of caps are joined, and numbers may only fall.', () => {
    expect(narrowCaps(undefined, undefined)).toBeUndefined()
    expect(
      narrowCaps({ max_tokens: 100, tools: false }, { max_tokens: 100, n: 1, enable_search: false }),
    ).toEqual({
      max_tokens: 100,
      tools: false,
      n: 1,
      enable_search: false,
    })
  })

  it.each([
    [{ max_tokens: 100 }, { max_tokens: 101 }, 'caps.max_tokens'],
    [{ media_parts: 0 }, { media_parts: 1 }, 'caps.media_parts'],
  ])('A cap of %j may not rise to %j', (parent, asked, param) => {
    expect(() => narrowCaps(parent, asked)).toThrow(expect.objectContaining({ status: 403, param }))
  })
})
