import { expect, it } from 'vitest'
import { findEndpoint } from '../../src/dashscope/endpoints.ts'
import { lookUpOf } from '../../src/proxy/task-account.ts'

const AGENT = '/api/v2/apps/agent/app-1/compatible-mode/v1/responses'

it.each([
  ['/api/v1/services/aigc/text2image/image-synthesis', '', '/api/v1/tasks/x-1'],
  [`${AGENT}?api_key=1`, '', `${AGENT}/x-1`],
  ['/api/v2/apps/protocols/compatible-mode/v1/responses', '', '/compatible-mode/v1/responses/x-1'],
  ['/api/v1/services/aigc/text2image/image-synthesis', 'https://a.example', undefined],
  ['/compatible-mode/v1/batches', '', undefined],
])('The result of what %s makes with the webhook %j is looked up at %s.', (address, webhook, path) => {
  const url = new URL(address, 'https://gateway.example')
  const found = findEndpoint('POST', url.pathname)
  if (found.kind !== 'endpoint') throw new Error(`There is no endpoint at ${address}.`)
  const headers = new Map(webhook ? [['x-edge-webhook', webhook]] : [])
  const { lookUp } = lookUpOf({ endpoint: found.endpoint, headers, url }, 'x-1', 'beijing')
  expect(lookUp).toEqual(path && { home: 'beijing', path })
})
