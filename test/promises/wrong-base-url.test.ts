import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { send } from '../harness/wire.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway({ DASHSCOPE_BASE_URL: 'http://127.0.0.1:9' })
})
afterAll(() => gateway.stop())

/** The openai package shows `error.message` alone, DashScope's SDKs the `message` at the top. */
it.each([
  ['/v1/chat/completions', { error: { message: expect.stringContaining('/compatible-mode/v1.') } }],
  ['/chat/completions', { error: { message: expect.stringContaining('/compatible-mode/v1.') } }],
  ['/api/v1/embeddings', { error: { message: expect.stringContaining('/compatible-mode/v1.') } }],
  ['/v1/messages', { type: 'error', error: { message: expect.stringContaining('/apps/anthropic.') } }],
  [
    '/compatible-mode/v1/services/aigc/text-generation/generation',
    { message: expect.stringContaining('/api/v1.') },
  ],
  ['/services/aigc/text-generation/generation', { message: expect.stringContaining('/api/v1.') }],
])('At %s the advice is where the client that uses the path reads it.', async (path, body) => {
  const response = await send(gateway.address, { method: 'POST', path, body: '{}' })
  expect(response.status).toBe(404)
  expect(JSON.parse(response.text)).toMatchObject(body)
})
