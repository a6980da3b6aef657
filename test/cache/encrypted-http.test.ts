import { describe, expect, it } from 'vitest'
import { ask, SSE, TEXT } from '../harness/caller.ts'
import { shareSecret } from '../harness/encryption.ts'
import { useEmulatedGateway } from '../harness/use-gateway.ts'

const rig = useEmulatedGateway()

describe('an encrypted input', () => {
  it.each([
    ['whole', {}],
    ['as a stream', SSE],
  ])(
    'An encrypted input asked for %s is neither looked up nor cached, because only its caller has the key.',
    async (_, manner) => {
      const { headers, seal } = await shareSecret(rig.gateway.address, rig.key)
      const body = { model: 'qwen-plus', input: seal({ prompt: '12*7' }), parameters: {} }
      for (let times = 0; times < 2; times++) {
        const asked = {
          address: rig.gateway.address,
          key: rig.key,
          path: TEXT,
          body,
          headers: { ...headers, ...manner },
        }
        const response = await ask(asked)
        await response.text()
        expect(response.headers.get('cache-status')).toBe('dashscope-edge; fwd=bypass')
        expect(response.headers.get('x-dashscope-outputencrypted')).toBe('true')
      }
    },
  )

  it('A model that only streams refuses an encrypted input, because encrypted events cannot be joined.', async () => {
    const { headers, seal } = await shareSecret(rig.gateway.address, rig.key)
    const body = { model: 'qwen3-8b', input: seal({ prompt: '12*7' }), parameters: { enable_thinking: true } }
    const response = await ask({ address: rig.gateway.address, key: rig.key, path: TEXT, body, headers })
    expect(response.status).toBe(400)
    expect(response.headers.get('x-edge-attempts')).toBe('1;path="beijing=400"')
    expect(await response.text()).toContain('non-streaming calls')
  })
})
