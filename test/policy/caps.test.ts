import { describe, expect, it } from 'vitest'
import type { Caps } from '../../src/policy/key-record.ts'
import type { Path } from '../auth/endpoint.ts'
import { check, refusal } from './check-caps.ts'

describe('a cap on the length of the response', () => {
  const caps = { max_tokens: 100 }

  it.each<[Path, unknown]>([
    ['text', { parameters: { max_tokens: 100 } }],
    ['text', { parameters: { max_completion_tokens: 1, max_tokens: null } }],
    ['multimodal', { parameters: { max_tokens: 7 } }],
    ['chat', { max_tokens: 100, max_completion_tokens: 100 }],
    ['responses', { max_output_tokens: 100 }],
    ['anthropic', { max_tokens: 100 }],
    ['embeddings', { input: { texts: ['x'] } }],
    ['app', { input: { prompt: 'x' } }],
    ['submit', { input: { prompt: 'x' } }],
  ])('%s: the cap allows %j', (path, body) => {
    expect(check(caps, path, body)).not.toThrow()
  })

  it.each<[Path, unknown, string]>([
    ['text', {}, 'parameters.max_tokens'],
    ['text', { parameters: null }, 'parameters.max_tokens'],
    ['text', { parameters: [] }, 'parameters.max_tokens'],
    ['text', { parameters: { max_tokens: null } }, 'parameters.max_tokens'],
    ['text', { parameters: { max_tokens: 101 } }, 'parameters.max_tokens'],
    [
      'text',
      { parameters: { max_tokens: 1, max_completion_tokens: 101 } },
      'parameters.max_completion_tokens',
    ],
    ['text', { max_tokens: 100 }, 'parameters.max_tokens'],
    ['text', { max_tokens: 101, parameters: { max_tokens: 1 } }, 'max_tokens'],
    ['text', { parameters: { max_output_tokens: 1 } }, 'parameters.max_tokens'],
    ['text', { parameters: { max_tokens: 1, max_length: 101 } }, 'parameters.max_length'],
    ['chat', {}, 'max_tokens'],
    ['chat', { max_output_tokens: 1 }, 'max_tokens'],
    ['chat', { parameters: { max_tokens: 1 } }, 'max_tokens'],
    ['chat', { max_completion_tokens: 0 }, 'max_completion_tokens'],
    ['chat', { max_completion_tokens: -1 }, 'max_completion_tokens'],
    ['chat', { max_tokens: '1' }, 'max_tokens'],
    ['chat', { max_tokens: [1] }, 'max_tokens'],
    ['chat', { max_tokens: JSON.parse('1e999') }, 'max_tokens'],
    ['chat', { max_tokens: JSON.parse('18446744073709551617') }, 'max_tokens'],
    ['responses', { max_tokens: 1 }, 'max_output_tokens'],
    ['responses', { max_output_tokens: '99999' }, 'max_output_tokens'],
    ['anthropic', { max_tokens: 101 }, 'max_tokens'],
    ['app', { parameters: { max_tokens: 101 } }, 'parameters.max_tokens'],
  ])('%s: the cap refuses %j', (path, body, param) => {
    expect(check(caps, path, body)).toThrow(refusal(param))
  })

  it('The message says what to add.', () => {
    expect(check(caps, 'text', {})).toThrow(
      'parameters.max_tokens: this key requires a number from 1 to 100, got nothing.',
    )
  })
})

describe('a cap on the number of choices', () => {
  it.each<[Path, unknown, string | undefined]>([
    ['chat', {}, undefined],
    ['chat', { n: 2 }, undefined],
    ['chat', { n: 3 }, 'n'],
    ['chat', { n: '3' }, 'n'],
    ['text', { parameters: { n: 3 } }, 'parameters.n'],
    ['submit', { parameters: { n: 2 } }, undefined],
    ['submit', { parameters: {} }, 'parameters.n'],
    ['submit', { n: 1 }, 'parameters.n'],
    ['submit', { parameters: { n: 1, max_images: 3 } }, 'parameters.max_images'],
    ['multimodal', { parameters: { max_images: 3 } }, 'parameters.max_images'],
  ])('%s: the cap refuses %j by the field %j', (path, body, param) => {
    const act = check({ n: 2 }, path, body)
    if (param) expect(act).toThrow(refusal(param))
    else expect(act).not.toThrow()
  })
})

describe('a cap on thinking', () => {
  it.each<[Path, unknown, string | undefined]>([
    ['text', { parameters: { thinking_budget: 50 } }, undefined],
    ['text', { parameters: { enable_thinking: false } }, undefined],
    ['chat', { model: 'qwen3.8-max', reasoning_effort: 'none' }, undefined],
    ['chat', { model: 'qwen3.8-max', reasoning_effort: 'low' }, 'reasoning_effort'],
    ['chat', { thinking_budget: 0 }, undefined],
    ['chat', { model: 'glm-5.3', thinking_budget: 50 }, 'thinking_budget'],
    ['chat', { model: 'glm-5.3', thinking_budget: 50, reasoning_effort: 'max' }, 'reasoning_effort'],
    ['chat', { enable_thinking: false, reasoning_effort: 'xhigh' }, 'reasoning_effort'],
    ['chat', { model: 'MiniMax-M3', thinking: { type: 'disabled' } }, undefined],
    ['chat', { reasoning_effort: { toString: 1 } }, 'reasoning_effort'],
    ['responses', { reasoning: { effort: 'none' } }, undefined],
    ['responses', { reasoning: { effort: 'xhigh' }, thinking_budget: 1 }, 'reasoning.effort'],
    ['responses', { reasoning: { effort: 'xhigh' }, enable_thinking: false }, 'reasoning.effort'],
    ['responses', { thinking_budget: 1 }, 'reasoning.effort'],
    [
      'anthropic',
      { thinking: { type: 'enabled', budget_tokens: 50 }, output_config: { effort: 'max' } },
      'output_config.effort',
    ],
    [
      'anthropic',
      { thinking: { type: 'disabled' }, output_config: { effort: 'xhigh' } },
      'output_config.effort',
    ],
    ['text', { parameters: { thinking_budget: 51 } }, 'parameters.thinking_budget'],
    ['text', { parameters: { enable_thinking: true } }, 'parameters.thinking_budget'],
    ['text', { enable_thinking: false }, 'parameters.thinking_budget'],
    [
      'chat',
      { enable_thinking: false, parameters: { reasoning_effort: 'xhigh' } },
      'parameters.reasoning_effort',
    ],
    ['text', {}, 'parameters.thinking_budget'],
    ['chat', { enable_thinking: false }, undefined],
    ['chat', { thinking_budget: -1 }, 'thinking_budget'],
    ['chat', { enable_thinking: 0 }, 'thinking_budget'],
    ['chat', { thinking: { type: 'disabled' } }, 'thinking_budget'],
    ['anthropic', { thinking: { type: 'disabled' } }, undefined],
    ['anthropic', { thinking: { type: 'enabled', budget_tokens: 50 } }, undefined],
    ['anthropic', { thinking: { type: 'enabled', budget_tokens: 51 } }, 'thinking.budget_tokens'],
    ['anthropic', { thinking: { type: 'enabled' } }, 'thinking.budget_tokens'],
    ['anthropic', { thinking: { type: 'adaptive' } }, 'thinking.budget_tokens'],
    ['anthropic', { thinking: { type: 'disabled' }, enable_thinking: true }, 'thinking.budget_tokens'],
    ['anthropic', {}, 'thinking.budget_tokens'],
    ['embeddings', {}, undefined],
  ])('%s: the cap refuses %j by the field %j', (path, body, param) => {
    const act = check({ thinking_budget: 50 }, path, body)
    if (param) expect(act).toThrow(refusal(param))
    else expect(act).not.toThrow()
  })
})

describe('a cap on thinking and the levels of effort', () => {
  it.each<[Path, unknown, boolean]>([
    ['chat', { reasoning_effort: 'low' }, true],
    ['chat', { reasoning_effort: 'minimal' }, true],
    ['chat', { reasoning_effort: 'medium' }, false],
    ['responses', { reasoning: { effort: 'low' } }, true],
    ['responses', { reasoning: { effort: 'high' } }, false],
    ['anthropic', { output_config: { effort: 'low' } }, true],
  ])('%s: whether 5000 tokens allow %j: %j', (path, body, isAllowed) => {
    const act = check({ thinking_budget: 5000 }, path, body)
    if (isAllowed) expect(act).not.toThrow()
    else expect(act).toThrow('"low" (4096 tokens)')
  })
})

describe('switches', () => {
  it.each<[Caps, Path, unknown, string | undefined]>([
    [{ enable_thinking: false }, 'text', { parameters: { enable_thinking: false } }, undefined],
    [{ enable_thinking: false }, 'text', {}, undefined],
    [{ enable_thinking: false }, 'text', { parameters: { enable_thinking: true } }, 'enable_thinking'],
    [{ enable_thinking: false }, 'chat', { enable_thinking: 'true' }, 'enable_thinking'],
    [{ enable_thinking: false }, 'chat', { reasoning_effort: 'high' }, 'reasoning_effort'],
    [{ enable_thinking: false }, 'responses', { reasoning: { effort: 'low' } }, 'reasoning.effort'],
    [
      { enable_thinking: false },
      'anthropic',
      { thinking: { type: 'enabled', budget_tokens: 1 } },
      'thinking',
    ],
    [{ enable_thinking: false }, 'anthropic', { thinking: { type: 'disabled' } }, undefined],
    [{ enable_search: false }, 'text', { parameters: { enable_search: true } }, 'enable_search'],
    [{ enable_search: false }, 'text', { parameters: { enable_search: 1 } }, 'enable_search'],
    [
      { enable_search: false },
      'text',
      { parameters: { enable_search: false, tools: [{ type: 'function' }] } },
      undefined,
    ],
    [{ enable_search: false }, 'responses', { tools: [{ type: 'web_search' }] }, 'tools'],
    [
      { enable_search: false },
      'anthropic',
      { tools: [{ name: 'x' }, { type: 'web_search_20250305' }] },
      'tools',
    ],
    [{ enable_search: false }, 'responses', { tools: [{ type: 'file_search' }] }, undefined],
    [{ enable_search: false }, 'responses', { tools: [{ type: 'image_search' }] }, 'tools'],
    [
      { enable_search: false },
      'responses',
      { tools: [{ type: 'mcp', server_url: 'https://dashscope.aliyuncs.com/api/v1/mcps/WebSearch/sse' }] },
      'tools',
    ],
    [
      { enable_search: false },
      'chat',
      { tools: [{ type: 'builtin_function', function: { name: '$web_search' } }] },
      'tools',
    ],
    [{ enable_search: false }, 'responses', { tools: [{ type: { toString: 1 } }] }, undefined],
    [{ enable_thinking: false }, 'chat', { reasoning_effort: 'none' }, undefined],
    [{ enable_thinking: false }, 'anthropic', { output_config: { effort: 'low' } }, 'output_config.effort'],
    [{ tools: false }, 'text', { parameters: { tools: [{ type: 'function' }] } }, 'tools'],
    [{ tools: false }, 'text', { parameters: { tools: [] } }, undefined],
    [{ tools: false }, 'text', { parameters: { plugins: { calculator: {} } } }, 'plugins'],
    [{ tools: false }, 'chat', { functions: [{}] }, 'functions'],
    [{ tools: false }, 'chat', { enable_code_interpreter: true }, 'enable_code_interpreter'],
    [{ tools: false }, 'anthropic', { mcp_servers: [{}] }, 'mcp_servers'],
    [{}, 'text', { parameters: { enable_thinking: true, enable_search: true, tools: [{}] } }, undefined],
  ])('The caps %j on %s refuse %j by the field %j', (caps, path, body, param) => {
    const act = check(caps, path, body)
    if (param) expect(act).toThrow(refusal(param))
    else expect(act).not.toThrow()
  })

  it('Plugins in a header are refused.', () => {
    const headers = { 'X-DashScope-Plugin': '{"search":{}}' }
    expect(check({ tools: false }, 'text', {}, headers)).toThrow(refusal('X-DashScope-Plugin'))
    expect(check({ enable_search: false }, 'text', {}, headers)).toThrow(refusal('X-DashScope-Plugin'))
    expect(check({ n: 1 }, 'text', {}, headers)).not.toThrow()
  })
})
