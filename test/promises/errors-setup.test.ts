import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { CHAT, MESSAGES, pastCache } from '../harness/caller.ts'
import { startTestGateway } from '../harness/gateway.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { send } from '../harness/wire.ts'

const MULTIMODAL = '/api/v1/services/aigc/multimodal-generation/generation'

beforeAll(() => void vi.spyOn(console, 'error').mockImplementation(() => undefined))
afterAll(() => void vi.restoreAllMocks())

describe('errors: a gateway that is not configured says which variable is wrong', () => {
  it.each([
    [{ MAX_BODY_BYTES: 'abc' }, 'MAX_BODY_BYTES must be a whole number from 1024 to 104857600'],
    [
      { DASHSCOPE_BASE_URL: 'dashscope.aliyuncs.com' },
      'DASHSCOPE_BASE_URL must be the root URL of a host, like',
    ],
    [{ DASHSCOPE_API_KEY: ' ' }, 'DASHSCOPE_API_KEY is missing'],
  ])('The response names the variable of %j', async (variables, sentence) => {
    const gateway = await startTestGateway(variables)
    try {
      for (const path of ['/api/v1/tasks', CHAT, MESSAGES]) {
        const response = await send(gateway.address, { path, headers: { authorization: 'Bearer x' } })
        expect(response.status).toBe(500)
        const told = JSON.parse(response.text)
        expect((told.error ?? told).message).toContain(`The gateway is not set up: ${sentence}`)
      }
      expect((await send(gateway.address, { path: '/edge/health' })).status).toBe(200)
    } finally {
      await gateway.stop()
    }
  })
})

describe('errors: the largest body', () => {
  const MIB = 1024 * 1024
  const rig = useGateway()

  function image(bytes: number): Buffer {
    const start =
      '{"model":"m","input":{"messages":[{"role":"user","content":[{"image":"data:image/png;base64,'
    const end = '"}]}]}}'
    const fill = Buffer.alloc(bytes - start.length - end.length, 'QUJD')
    return Buffer.concat([Buffer.from(start), fill, Buffer.from(end)])
  }

  function post(body: Buffer | Buffer[], headers: Record<string, string> = {}) {
    return send(rig.gateway.address, {
      method: 'POST',
      path: MULTIMODAL,
      headers: pastCache(rig.key, headers),
      body,
    })
  }

  it('A body of 20 MiB in base64 passes, and one byte more does not.', async () => {
    const body = image(20 * MIB)
    const response = await post(body)
    expect(response.status).toBe(200)
    expect(rig.upstream.seen).toHaveLength(1)
    expect(rig.upstream.seen[0]?.body.equals(body)).toBe(true)

    // Announced only: who still writes when the refusal comes may find the connection closed instead.
    expect((await post([], { 'content-length': String(20 * MIB + 1) })).status).toBe(413)
    expect(rig.upstream.seen).toHaveLength(1)
  })

  it('A chunked body of 20 MiB passes, and one byte more does not.', async () => {
    const body = image(20 * MIB)
    const pieces = Array.from({ length: 20 }, (_, index) => body.subarray(index * MIB, (index + 1) * MIB))
    expect((await post(pieces)).status).toBe(200)
    expect(rig.upstream.seen.at(-1)?.body.equals(body)).toBe(true)

    const asked = rig.upstream.seen.length
    expect((await post([...pieces, Buffer.from(' ')])).status).toBe(413)
    expect(rig.upstream.seen.length).toBe(asked)
  })
})
