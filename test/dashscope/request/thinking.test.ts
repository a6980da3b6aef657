import { describe, expect, it } from 'vitest'
import { describeRequest } from '../../../src/dashscope/request/describe.ts'
import { endpointOf, type Path } from '../../auth/endpoint.ts'

function thinking(path: Path, body: unknown) {
  return describeRequest(endpointOf(path), new Headers(), body).thinking
}

describe('thinking', () => {
  it.each<[Path, unknown, 'on' | 'off' | 'default', number]>([
    ['chat', undefined, 'default', Infinity],
    ['chat', { model: 'qwen-plus' }, 'default', Infinity],
    ['chat', { enable_thinking: true }, 'on', Infinity],
    ['chat', { enable_thinking: true, thinking_budget: 500 }, 'on', 500],
    ['chat', { enable_thinking: false, thinking_budget: 500 }, 'off', 0],
    ['chat', { reasoning_effort: 'medium' }, 'on', 16_384],
    ['chat', { reasoning_effort: 'medium', thinking_budget: 500 }, 'on', 16_384],
    ['chat', { reasoning_effort: 'novel' }, 'on', Infinity],
    ['chat', { enable_thinking: 'false' }, 'on', Infinity],
    ['text', { parameters: { enable_thinking: true } }, 'on', Infinity],
    ['text', { enable_thinking: true }, 'default', Infinity],
    ['responses', { reasoning: { effort: 'low' }, enable_thinking: false }, 'on', 4096],
    ['responses', { enable_thinking: false }, 'off', 0],
    ['anthropic', { thinking: { type: 'adaptive' } }, 'on', Infinity],
    ['anthropic', { thinking: { type: 'disabled' } }, 'off', 0],
    ['embeddings', { parameters: { enable_thinking: true } }, 'default', Infinity],
  ])('For %s, thinking in %j is %s with at most %d tokens.', (path, body, state, maxTokens) => {
    expect(thinking(path, body)).toMatchObject({ state, maxTokens })
  })

  it.each<[Path, unknown, boolean]>([
    ['chat', { model: 'qwen-plus' }, false],
    ['chat', { model: 'qwq-plus' }, true],
    ['chat', { model: 'qwen3-235b-a22b-thinking-2507' }, true],
    ['chat', { model: 'qwen3.8-max' }, true],
    ['chat', { model: 'qwen3.8-max', enable_thinking: false }, false],
    ['chat', { model: 'deepseek-v4-pro' }, true],
    ['chat', { model: 'ZHIPU/glm-5.3' }, true],
    ['chat', { model: 'qwen-plus', enable_thinking: true }, true],
    ['chat', { model: 'qwen-plus', reasoning_effort: 'low' }, true],
    ['text', { model: 'qwen-plus', parameters: { enable_thinking: true } }, true],
    ['text', { model: 'qwen-plus', parameters: null }, false],
    ['anthropic', { model: 'qwen-plus', thinking: { type: 'enabled', budget_tokens: 1024 } }, true],
    ['anthropic', { model: 'qwen-plus', output_config: { effort: 'low' } }, true],
    ['responses', { model: 'qwen-plus', reasoning: { effort: 'none' } }, false],
  ])('%s may be slow to begin for %j: %j', (path, body, isSlow) => {
    expect(thinking(path, body).isSlow).toBe(isSlow)
  })
})
