import { describe, expect, it } from 'vitest'
import { findEndpoint } from '../../../src/dashscope/endpoints.ts'
import { framingOf } from '../../../src/dashscope/stream/framing.ts'
import { CHAT, MESSAGES, TEXT } from '../../harness/caller.ts'

const MULTIMODAL = '/api/v1/services/aigc/multimodal-generation/generation'

function framing(path: string, model: string, body: object) {
  const found = findEndpoint('POST', path)
  if (found.kind !== 'endpoint') throw new Error(`No endpoint at ${path}.`)
  return framingOf(found.endpoint, model, body)
}

describe('framingOf', () => {
  it.each<[string, object, boolean | undefined]>([
    ['qwen-plus', { incremental_output: true }, true],
    ['qwen-plus', { incremental_output: false }, false],
    ['qwen-plus', {}, false],
    ['qwen-plus-2025-07-28', {}, false],
    ['qwen-vl-max', {}, false],
    ['qwen3-max', {}, true],
    ['qwen3-vl-plus', {}, true],
    ['qwen3-235b-a22b', {}, true],
    ['qwq-plus', {}, true],
    ['qwen3-max', { incremental_output: false }, false],
    ['qwen-plus', { enable_thinking: true }, undefined],
    ['qwen-plus', { enable_thinking: true, incremental_output: true }, true],
    ['qwen3.6-plus', {}, undefined],
    ['qwen-plusplus', {}, undefined],
    ['deepseek-v4-pro', {}, undefined],
    ['qwen-plus', { incremental_output: 'true' }, false],
    ['qwen-plus', { incremental_output: true, search_options: { prepend_search_result: true } }, undefined],
  ])('For %s with %j, whether the stream is incremental: %s', (model, parameters, incremental) => {
    for (const path of [TEXT, MULTIMODAL])
      expect(framing(path, model, { parameters })?.incremental).toBe(incremental)
  })

  it.each<[object, boolean | undefined]>([
    [{}, false],
    [{ stream_options: null }, false],
    [{ stream_options: {} }, false],
    [{ stream_options: { include_usage: true } }, true],
    [{ stream_options: { include_usage: false } }, false],
    [{ stream_options: { include_usage: 1 } }, undefined],
    [{ stream_options: { include_usage: true, include_obfuscation: false } }, undefined],
    [{ stream_options: [] }, undefined],
  ])('For a chat completion with %j, whether the stream has usage: %s', (body, usage) => {
    expect(framing(CHAT, 'any-model', body)?.includeUsage).toBe(usage)
  })

  it('The requested choices are counted.', () => {
    expect(framing(CHAT, 'm', { n: 3 })?.choices).toBe(3)
    expect(framing(TEXT, 'qwen-plus', { parameters: { n: 2 } })?.choices).toBe(2)
    expect(framing(MESSAGES, 'm', {})).toEqual({
      format: 'anthropic',
      incremental: true,
      includeUsage: true,
      choices: 1,
    })
  })

  it('There are no streams of embeddings.', () => {
    expect(framing('/api/v1/services/embeddings/text-embedding/text-embedding', 'm', {})).toBeUndefined()
    expect(framing('/compatible-mode/v1/responses', 'm', {})).toBeUndefined()
  })
})
