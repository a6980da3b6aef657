import { describe, expect, it } from 'vitest'
import { findEndpoint } from '../../src/dashscope/endpoints.ts'
import {
  aggregationOf,
  forgetOnlyStreams,
  onlyStreams,
  rememberOnlyStreams,
} from '../../src/upstream/stream-only.ts'
import { CHAT, MESSAGES, TEXT } from '../harness/caller.ts'

describe('aggregationOf tells apart what decides', () => {
  const kind = (path: string, model: string, body: object) => {
    const found = findEndpoint('POST', path)
    return found.kind === 'endpoint' ? aggregationOf(found.endpoint, model, body)?.kind : undefined
  }
  it('The endpoint, the model and thinking decide.', () => {
    const kinds = [
      kind(TEXT, 'm', {}),
      kind(TEXT, 'n', {}),
      kind(CHAT, 'm', {}),
      kind(CHAT, 'm', { enable_thinking: true }),
      kind(CHAT, 'm', { enable_thinking: false }),
      kind(TEXT, 'm', { parameters: { enable_thinking: true } }),
      kind(MESSAGES, 'm', { thinking: { type: 'enabled' } }),
      kind(MESSAGES, 'm', {}),
      kind(TEXT, 'm', { parameters: { enable_code_interpreter: true } }),
      kind(CHAT, 'm', { search_options: { search_strategy: 'agent' } }),
      kind(CHAT, 'm', { modalities: ['text', 'audio'] }),
    ]
    expect(new Set(kinds).size).toBe(kinds.length)
    expect(kind(TEXT, 'm', { enable_thinking: true, parameters: {} })).toBe(kind(TEXT, 'm', {}))
  })

  it('Research is never aggregated, because no single response can hold it.', () => {
    expect(kind(TEXT, 'qwen-deep-research', {})).toBeUndefined()
  })

  it('Embeddings and stored conversations are never aggregated.', () => {
    expect(kind('/compatible-mode/v1/embeddings', 'm', {})).toBeUndefined()
    expect(kind('/compatible-mode/v1/responses', 'm', {})).toBeUndefined()
  })
})

it('What is remembered has a limit, and the oldest is forgotten first.', () => {
  for (let count = 0; count <= 1000; count++) rememberOnlyStreams(`kind ${count}`)
  expect(onlyStreams('kind 0')).toBe(false)
  expect(onlyStreams('kind 1')).toBe(true)
  expect(onlyStreams('kind 1000')).toBe(true)
})

it('A model is forgotten once the stream was refused as well.', () => {
  rememberOnlyStreams('a kind')
  forgetOnlyStreams('a kind')
  expect(onlyStreams('a kind')).toBe(false)
})
