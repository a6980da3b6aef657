import { describe, expect, it } from 'vitest'
import { applyFrozen } from '../../src/policy/frozen.ts'
import type { Frozen } from '../../src/policy/key-record.ts'
import { endpointOf, type Path } from './endpoint.ts'
import { source } from './freeze.ts'

function freeze(parameters: Frozen['parameters'], path: Path, text: string) {
  return () => applyFrozen(source(text), { parameters: parameters ?? {} }, endpointOf(path), undefined).text
}

describe('a frozen length', () => {
  it.each<[Path, string, string]>([
    ['chat', '{"max_completion_tokens":99}', 'max_completion_tokens'],
    ['chat', '{"max_tokens":5,"max_completion_tokens":99}', 'max_completion_tokens'],
    ['responses', '{"max_output_tokens":99}', 'max_output_tokens'],
    ['text', '{"parameters":{"max_completion_tokens":99}}', 'parameters.max_completion_tokens'],
  ])('%s: another name does not bypass the frozen length: %j', (path, text, param) => {
    expect(freeze({ max_tokens: 5 }, path, text)).toThrow(
      expect.objectContaining({
        reason: 'denied',
        param,
        message: expect.stringContaining('freezes it to 5'),
      }),
    )
  })

  it.each([
    ['{"max_completion_tokens":5}', '{"max_tokens":5,"max_completion_tokens":5}'],
    ['{"max_completion_tokens":null}', '{"max_tokens":5,"max_completion_tokens":null}'],
  ])('The same length under another name is allowed: %j', (text, frozen) => {
    expect(freeze({ max_tokens: 5 }, 'chat', text)()).toBe(frozen)
  })

  it.each<[Path, string, string]>([
    ['responses', '{"input":"x"}', '{"max_output_tokens":5,"input":"x"}'],
    ['responses', '{"max_output_tokens":5}', '{"max_output_tokens":5}'],
    ['anthropic', '{"messages":[]}', '{"max_tokens":5,"messages":[]}'],
  ])('%s: the length is written under the name that the endpoint reads: %j', (path, text, frozen) => {
    expect(freeze({ max_completion_tokens: 5 }, path, text)()).toBe(frozen)
  })

  it('A frozen length works together with another frozen parameter.', () => {
    const both = { max_tokens: 5, max_completion_tokens: 9 }
    expect(freeze(both, 'chat', '{"max_completion_tokens":9}')()).toBe(
      '{"max_tokens":5,"max_completion_tokens":9}',
    )
    expect(freeze(both, 'chat', '{"max_output_tokens":7}')).toThrow('max_output_tokens')
  })
})
