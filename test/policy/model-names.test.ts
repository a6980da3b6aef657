import { describe, expect, it } from 'vitest'
import { fallbacksOf, resolveModel } from '../../src/policy/model-names.ts'

const ALIASES = { 'gpt-4o': 'qwen-plus', 'qwen-max': 'qwen-flash' }

describe('resolveModel', () => {
  it.each([
    ['gpt-4o', 'qwen-plus'],
    ['qwen-max', 'qwen-flash'],
    ['qwen-flash', 'qwen-flash'],
    ['GPT-4o', 'GPT-4o'],
    ['toString', 'toString'],
    ['__proto__', '__proto__'],
  ])('The name %s resolves to %s', (name, model) => {
    expect(resolveModel({ aliases: ALIASES }, name)).toBe(model)
    expect(resolveModel({}, name)).toBe(name)
  })

  it('The fallbacks of a model are found, and not for names of object properties.', () => {
    const fallbacks = { 'qwen-max': ['qwen-plus', 'qwen-flash'] }
    expect(fallbacksOf({ fallbacks }, 'qwen-max')).toEqual(['qwen-plus', 'qwen-flash'])
    expect(fallbacksOf({ fallbacks }, 'constructor')).toEqual([])
  })
})
