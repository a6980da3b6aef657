import { describe, expect, test } from 'vitest'
import { responseChangingHeaders } from '../../src/cache/key.ts'

describe('headers that change the response', () => {
  test('Every X-DashScope header that is not known to be irrelevant counts, in lower case and sorted.', () => {
    const headers = new Headers({
      'X-DashScope-WorkSpace': 'ws-1',
      'X-DashScope-Plugin': '{"a":{}}',
      'X-DashScope-OssResourceResolve': 'enable',
      'X-DashScope-EncryptionKey': '{}',
      'X-DashScope-DataInspection': 'disable',
      'X-DashScope-Something-New': '1',
      'anthropic-version': '2023-06-01',
      'Anthropic-Beta': 'a,b',
      'OpenAI-Beta': 'c',
    })
    expect(responseChangingHeaders(headers)).toEqual([
      ['anthropic-beta', 'a,b'],
      ['anthropic-version', '2023-06-01'],
      ['openai-beta', 'c'],
      ['x-dashscope-datainspection', 'disable'],
      ['x-dashscope-encryptionkey', '{}'],
      ['x-dashscope-ossresourceresolve', 'enable'],
      ['x-dashscope-plugin', '{"a":{}}'],
      ['x-dashscope-something-new', '1'],
      ['x-dashscope-workspace', 'ws-1'],
    ])
  })

  test.each([
    ['X-DashScope-ApiKey', 'sk-secret'],
    ['X-DashScope-AuthType', 'qwen-oauth'],
    ['X-DashScope-CacheControl', 'enable'],
    ['X-DashScope-OpenAPISource', 'CloudSDK'],
    ['X-DashScope-SDK-Client', 'python-sdk/1.26.2/aigc'],
    ['X-DashScope-SDK-Session-Id', '3f1c'],
    ['X-DashScope-UserAgent', 'QwenCode/0.24.4'],
    ['X-DashScope-Wait-Timeout', '30'],
    ['X-DashScope-SSE', 'disable'],
    ['X-DashScope-Async', 'Disable'],
    ['Authorization', 'Bearer sk-secret'],
    ['x-api-key', 'sk-secret'],
    ['Cookie', 'a=b'],
    ['User-Agent', 'dashscope/1.26.2; incremental_to_full/0'],
    ['Accept', 'application/json'],
    ['X-Edge-Cache-TTL', '60'],
    ['x-dashscope', '1'],
  ])('%s: %s does not change the response.', (name, value) => {
    expect(responseChangingHeaders(new Headers({ [name]: value }))).toEqual([])
  })

  test.each(['X-DashScope-Async', 'X-DashScope-SSE'])('%s: enable changes the response.', (name) => {
    expect(responseChangingHeaders(new Headers({ [name]: 'enable' }))).toEqual([
      [name.toLowerCase(), 'enable'],
    ])
  })
})
