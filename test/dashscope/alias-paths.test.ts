import { describe, expect, it } from 'vitest'
import { canonicalPath } from '../../src/dashscope/alias-paths.ts'
import { upstreamPath } from '../../src/dashscope/endpoint.ts'
import { dialectOfPath, findEndpoint } from '../../src/dashscope/endpoints.ts'

const RESPONSES = '/api/v2/apps/protocols/compatible-mode/v1/responses'
const MESSAGES = '/api/v2/apps/claude-code-proxy/v1/messages'

describe('An alias of an endpoint', () => {
  it.each([
    [RESPONSES, 'responses', '/compatible-mode/v1/responses', 'compatible'],
    [`${RESPONSES}/`, 'responses', '/compatible-mode/v1/responses/', 'compatible'],
    [MESSAGES, 'anthropic-messages', '/apps/anthropic/v1/messages', 'anthropic'],
    [
      `${MESSAGES}/count_tokens`,
      'anthropic-count-tokens',
      '/apps/anthropic/v1/messages/count_tokens',
      'anthropic',
    ],
  ])('%s finds the endpoint %s and goes upstream as %s.', (path, name, canonical, dialect) => {
    const found = findEndpoint('POST', path)
    expect(found).toMatchObject({ kind: 'endpoint', endpoint: { name } })
    expect(dialectOfPath(path)).toBe(dialect)
    if (found.kind !== 'endpoint') return
    expect(upstreamPath(new URL(`https://edge.invalid${path}?beta=true&x=1`), found.endpoint)).toBe(
      found.endpoint.query ? `${canonical}?beta=true` : canonical,
    )
  })

  it.each(['/api/v1/systemone2', `${RESPONSES}x`, '/api/v2/apps/protocols/compatible-mode/v1/files', '/'])(
    'The path %s is not an alias and stays as it is.',
    (path) => expect(canonicalPath(path)).toBe(path),
  )
})
