import { describe, expect, it } from 'vitest'
import { isFinished } from '../../src/dashscope/finished.ts'

const choice = (finish_reason?: unknown) => ({ index: 0, message: { content: 'x' }, finish_reason })

describe('a response that ended by itself', () => {
  it.each([
    { choices: [choice('stop')] },
    { choices: [choice('stop'), choice('length'), choice('tool_calls')] },
    { output: { choices: [choice('stop')] } },
    { output: { text: 'x', finish_reason: 'stop' } },
    { output: { text: 'x' } },
    { type: 'message', content: [], stop_reason: 'end_turn' },
    { type: 'message', content: [], stop_reason: 'tool_use' },
    { data: [{ embedding: [0.1], index: 0 }] },
    { data: [{ embedding: 'AAAA', index: 0 }] },
    { output: { embeddings: [{ embedding: [0.1], text_index: 0 }] } },
    { output: { embeddings: [{ sparse_embedding: [{ index: 1, value: 2 }] }] } },
    { output: { results: [{ index: 0, relevance_score: 0.5 }] } },
    { results: [{ index: 0 }] },
    { output: { token_ids: [1] } },
  ])('This response ended by itself: %j', (body) => expect(isFinished(body)).toBe(true))

  it.each([
    {},
    { choices: [] },
    { choices: [choice()] },
    { choices: [choice(null)] },
    { choices: [choice('content_filter')] },
    { choices: [choice('insufficient_system_resource')] },
    { choices: [choice('stop'), choice(null)] },
    { choices: 'stop' },
    { output: {} },
    { output: { choices: [choice('null')] } },
    { output: { text: 'x', finish_reason: 'null' } },
    { output: { text: 'x', finish_reason: null } },
    { type: 'message', content: [], stop_reason: 'refusal' },
    { type: 'message', content: [], stop_reason: 'pause_turn' },
    { type: 'message', content: [], stop_reason: null },
    { content: [] },
    { data: [] },
    { data: [{ index: 0 }] },
    { data: [{ embedding: [] }] },
    { output: { embeddings: [] } },
    { output: { results: [] } },
  ])('This response did not end by itself: %j', (body) => expect(isFinished(body)).toBe(false))
})
