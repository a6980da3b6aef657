import { describe, expect, it } from 'vitest'
import { ask, json, SSE, TEXT } from '../harness/caller.ts'
import { shareSecret } from '../harness/encryption.ts'
import { useEmulatedGateway } from '../harness/use-gateway.ts'

const rig = useEmulatedGateway()

describe('P1 input that a caller encrypts for DashScope', () => {
  it('The public key, the input and the output pass unchanged, and the usage is counted.', async () => {
    const { headers, seal, open } = await shareSecret(rig.gateway.address, rig.key)
    const body = { model: 'qwen-plus', input: seal({ prompt: '12*7' }), parameters: {} }
    const response = await ask({ address: rig.gateway.address, key: rig.key, path: TEXT, body, headers })
    expect(response.headers.get('x-dashscope-outputencrypted')).toBe('true')
    const { output, usage } = await json<{ output: string; usage: object }>(response)
    expect(open(output)).toMatchObject({ text: '12*7 = 84' })
    expect(usage).toMatchObject({ output_tokens: 3 })
  })

  it('An encrypted stream passes unchanged too.', async () => {
    const { headers, seal, open } = await shareSecret(rig.gateway.address, rig.key)
    const body = { model: 'qwen-plus', input: seal({ prompt: '6*7' }), parameters: {} }
    const asked = {
      address: rig.gateway.address,
      key: rig.key,
      path: TEXT,
      body,
      headers: { ...headers, ...SSE },
    }
    const text = await (await ask(asked)).text()
    const outputs = [...text.matchAll(/"output":"([^"]+)"/g)].map(([, cipher = '']) => open(cipher))
    expect(outputs.at(-1)).toMatchObject({ text: '6*7 = 42', finish_reason: 'stop' })
  })
})
