import { expect, it } from 'vitest'
import { findEndpoint } from '../../src/dashscope/endpoints.ts'
import { adviceAt, meantPath } from '../../src/proxy/base-url-advice.ts'

it.each([
  ['/v1', '/chat/completions', '/compatible-mode/v1'],
  ['', '/chat/completions', '/compatible-mode/v1'],
  ['/api/v1', '/chat/completions', '/compatible-mode/v1'],
  ['/compatible-mode', '/chat/completions', '/compatible-mode/v1'],
  ['/compatible-mode/v1/v1', '/chat/completions', '/compatible-mode/v1'],
  ['/v1', '/embeddings', '/compatible-mode/v1'],
  ['/v1', '/responses', '/compatible-mode/v1'],
  ['/v1', '/models', '/compatible-mode/v1'],
  ['/v1', '/completions', '/compatible-mode/v1'],
  ['/v1', '/files', '/compatible-mode/v1'],
  ['', '/batches', '/compatible-mode/v1'],
  ['/v1', '/conversations', '/compatible-mode/v1'],
  ['/v1', '/images/generations', '/compatible-mode/v1'],
  ['/v1', '/audio/speech', '/compatible-mode/v1'],
  ['/v1', '/videos', '/compatible-mode/v1'],
  ['', '/v1/messages', '/apps/anthropic'],
  ['/apps/anthropic/v1', '/v1/messages', '/apps/anthropic'],
  ['/compatible-mode', '/v1/messages', '/apps/anthropic'],
  ['/apps/anthropic', '/messages', '/apps/anthropic/v1'],
  ['', '/services/aigc/text-generation/generation', '/api/v1'],
  ['/compatible-mode/v1', '/services/embeddings/text-embedding/text-embedding', '/api/v1'],
])('At %j%s the advice is the base URL %s, which makes the path an endpoint.', (wrong, tail, right) => {
  expect(findEndpoint('POST', wrong + tail).kind).toBe('nothing')
  expect(adviceAt(wrong + tail)).toBe(`Set the client's base URL to …${right}.`)
  expect(findEndpoint('POST', right + tail).kind).not.toBe('nothing')
  expect(meantPath(wrong + tail)).toBe(right + tail)
})

it.each([
  '/',
  '',
  '/v1',
  '/v1/moderations',
  '/compatible-mode/v1/chat/completions',
  '/apps/anthropic/v1/models',
  '/api/v1/models',
  '/api/v1/deployments/models',
  '/api/v1/services/aigc/nothing',
])('At %j the advice is the list of endpoints.', (path) => {
  expect(adviceAt(path)).toMatch(
    /^DashScope's paths begin with \/api\/v1, .*docs\/endpoints\.md lists them\.$/,
  )
})

it.each([
  '/api/v1/services/aigc/text-generation/generation',
  '/api/v1/services/embeddings/text-embedding/text-embedding',
  '/api/v1/apps/messages/completion',
  '/compatible-mode/v1/models',
  '/api/v1/files',
  '/apps/anthropic/v1/messages',
  '/edge/keys',
])('%s is already an endpoint.', (path) => {
  expect(meantPath(path)).toBe(path)
})

it.each([
  '/compatible-mode/v1//chat/completions',
  '//compatible-mode/v1/chat/completions',
  '/apps/anthropic//v1/messages',
])(
  'At %s, whose base URL ends in "/", the advice is to remove that and not to set the same base URL.',
  (path) => {
    expect(findEndpoint('POST', path).kind).toBe('nothing')
    expect(adviceAt(path)).toBe(
      'The path contains "//": remove the "/" at the end of the client\'s base URL.',
    )
  },
)
