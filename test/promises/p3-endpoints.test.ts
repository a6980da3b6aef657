import { describe, expect, it } from 'vitest'
import { send } from '../harness/wire.ts'
import { usePaths } from './path-rig.ts'

const rig = usePaths()
const { ask } = rig

describe('P3 an address that is not in the table is 404, in the dialect of the path', () => {
  it.each([
    // The account, its keys and its other models.
    '/api/v1/tokens',
    '/api/v1/api-keys',
    '/api/v1/apikeys',
    '/api/v1/keys',
    '/api/v1/users',
    '/api/v1/workspaces',
    '/api/v1/usage',
    '/api/v1/models/permissions',
    '/api/v1/models/limits',
    '/api/v1/custom_models/import',
    '/api/v1/agentstudio/agents',
    '/api/v1/mcps/WebSearch/mcp',
    '/api/v1/webrtc/inference',
    '/api/v1/files/file-1/content',
    '/api/v1/files/file-1/more',
    '/api/v1/deployments',
    '/api/v1/deployments/models',
    '/api/v1/fine-tunes',
    '/api/v1/fine-tunes/ft-1/cancel',
    '/api/v1/indices',
    '/api/v1/apps',
    '/api/v1/apps/app-1',
    '/api/v1/apps/app-1/completion/more',
    '/api/v1/services/audio/tts/customization/more',
    '/api/v1/services/aigc/text-generation',
    '/api/v1/services/aigc/text-generation/generation/more',
    '/api/v1/services/aigc/text-generation/Generation',
    '/API/v1/services/aigc/text-generation/generation',
    '/api/v2/services/aigc/text-generation/generation',
    '/api-ws/v1/nothing',
    '/api/v1/tasks/t-1/delete',
    '/api/v1/tasks/t-1/cancel/more',
    '/api/v1/tasks//cancel',
    '/',
    '/favicon.ico',
    '/.env',
    '/edge',
    '/edge/nothing',
    '/emulator/calls',
  ])('The native API has no POST %s', async (path) => {
    const before = rig.upstream.seen.length
    const response = await ask('POST', path)
    expect(response.status).toBe(404)
    expect(JSON.parse(response.text)).toEqual({
      code: 'NotFound',
      message: expect.stringContaining(path),
      request_id: response.headers['x-edge-request-id'],
    })
    expect(rig.upstream.seen.length).toBe(before)
  })

  it.each([
    '/compatible-mode/v1/responses/input_tokens/more',
    '/compatible-mode/v1/fine_tuning/jobs',
    '/compatible-mode/v1/fine-tunes',
    '/compatible-mode/v1/deployments',
    '/compatible-mode/v1/models/qwen-plus//more',
    '/compatible-mode/v1/moderations',
    '/compatible-mode/v1/assistants',
    '/compatible-mode/v1/threads',
    '/compatible-mode/v1/organization/admin_api_keys',
    '/compatible-mode/v1/chat/completions/more',
    '/compatible-mode/v1/chat/completion',
    '/compatible-mode/v1/files/file-1/content/more',
    '/compatible-mode/v1/files//content',
    '/compatible-mode/v1',
    '/compatible-mode/v2/chat/completions',
    '/compatible-api/v1/chat/completions',
    '/compatible-mode/v1/reranks',
  ])('The compatible API has no POST %s', async (path) => {
    const before = rig.upstream.seen.length
    const response = await ask('POST', path)
    expect(response.status).toBe(404)
    expect(JSON.parse(response.text)).toEqual({
      error: {
        code: 'not_found',
        type: 'invalid_request_error',
        param: null,
        message: expect.stringContaining(path),
      },
      request_id: response.headers['x-edge-request-id'],
    })
    expect(rig.upstream.seen.length).toBe(before)
  })

  it.each([
    '/apps/anthropic/v1/messages/count',
    '/apps/anthropic/v1/messages/batches',
    '/apps/anthropic/v1/models',
    '/apps/anthropic/v1/complete',
    '/apps/anthropic/messages',
  ])('The Anthropic API has no POST %s', async (path) => {
    const before = rig.upstream.seen.length
    const response = await ask('POST', path)
    expect(response.status).toBe(404)
    expect(JSON.parse(response.text)).toEqual({
      type: 'error',
      error: { type: 'not_found_error', message: expect.stringContaining(path) },
      request_id: response.headers['x-edge-request-id'],
    })
    expect(rig.upstream.seen.length).toBe(before)
  })

  it('The message says which base URL a client with another one should use.', async () => {
    const response = await ask('POST', '/v1/chat/completions')
    expect(JSON.parse(response.text).error.message).toBe(
      "This gateway does not serve POST /v1/chat/completions. Set the client's base URL to …/compatible-mode/v1.",
    )
  })

  it('The message repeats no more of a long path than is useful.', async () => {
    const response = await ask('GET', `/${'x'.repeat(4000)}`)
    expect(response.status).toBe(404)
    expect(response.text.length).toBeLessThan(500)
  })

  it('The response is 404 without a credential as well.', async () => {
    const response = await send(rig.gateway.address, { path: '/api/v1/deployments' })
    expect(response.status).toBe(404)
  })
})

describe('P3 a method that an endpoint does not have is 405', () => {
  it.each([
    ['GET', '/api/v1/services/aigc/text-generation/generation', 'POST, OPTIONS'],
    ['HEAD', '/api/v1/services/aigc/text-generation/generation', 'POST, OPTIONS'],
    ['PUT', '/api/v1/services/aigc/text-generation/generation/', 'POST, OPTIONS'],
    ['PATCH', '/api/v1/services/aigc/text-generation/generation', 'POST, OPTIONS'],
    ['DELETE', '/api/v1/apps/app-1/completion', 'POST, OPTIONS'],
    ['POST', '/api/v1/tasks', 'GET, OPTIONS'],
    ['POST', '/api/v1/tasks/t-1', 'GET, OPTIONS'],
    ['DELETE', '/api/v1/tasks/t-1', 'GET, OPTIONS'],
    ['GET', '/api/v1/tasks/t-1/cancel', 'POST, OPTIONS'],
    ['POST', '/api/v1/uploads', 'GET, OPTIONS'],
    ['GET', '/compatible-mode/v1/chat/completions', 'POST, OPTIONS'],
    ['POST', '/compatible-mode/v1/models', 'GET, OPTIONS'],
    ['DELETE', '/compatible-mode/v1/files', 'POST, GET, OPTIONS'],
    ['PUT', '/compatible-mode/v1/files/file-1', 'GET, DELETE, OPTIONS'],
    ['POST', '/compatible-mode/v1/files/file-1/content', 'GET, OPTIONS'],
    ['GET', '/apps/anthropic/v1/messages', 'POST, OPTIONS'],
    ['PROPFIND', '/apps/anthropic/v1/messages', 'POST, OPTIONS'],
    ['PUT', '/edge/keys', 'GET, HEAD, POST'],
    ['GET', '/edge/tokens', 'POST, OPTIONS'],
    ['PUT', '/edge/tokens', 'POST, OPTIONS'],
    ['POST', '/edge/health', 'GET, HEAD'],
    ['OPTIONS', '/edge/health', 'GET, HEAD'],
    ['DELETE', '/edge/health?deep=1', 'GET, HEAD'],
    ['POST', '/edge/usage', 'GET, HEAD'],
  ])('The response to %s %s is 405.', async (method, path, allow) => {
    const before = rig.upstream.seen.length
    const response = await send(rig.gateway.address, {
      method,
      path,
      headers: { authorization: `Bearer ${path.startsWith('/edge') ? 'admin-token-of-the-tests' : rig.key}` },
    })
    expect(response.status).toBe(405)
    expect(response.headers.allow).toBe(allow)
    if (method !== 'HEAD') expect(response.text).toContain(method)
    expect(rig.upstream.seen.length).toBe(before)
  })

  it('The message is in each dialect.', async () => {
    const native = await ask('GET', '/api/v1/services/aigc/text-generation/generation')
    expect(JSON.parse(native.text)).toEqual({
      code: 'InvalidParameter',
      message: "Request method 'GET' is not supported. Use POST.",
      request_id: native.headers['x-edge-request-id'],
    })
    const compatible = await ask('DELETE', '/compatible-mode/v1/files')
    expect(JSON.parse(compatible.text).error).toEqual({
      code: 'invalid_request_error',
      type: 'invalid_request_error',
      param: null,
      message: "Request method 'DELETE' is not supported. Use POST or GET.",
    })
    const anthropic = await ask('GET', '/apps/anthropic/v1/messages')
    expect(JSON.parse(anthropic.text).error).toEqual({
      type: 'invalid_request_error',
      message: "Request method 'GET' is not supported. Use POST.",
    })
  })
})
