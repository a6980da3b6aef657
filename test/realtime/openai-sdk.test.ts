import { connect } from 'node:net'
import { OpenAI } from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import { expect, it } from 'vitest'
import { useEmulatedGateway } from '../harness/use-gateway.ts'

const rig = useEmulatedGateway()

/** Opens a session as OpenAI's SDK does. It always asks for TLS, which a gateway on this machine does not have. */
function open(key: string, model: string, path: string): OpenAIRealtimeWS {
  const { hostname, port, host } = new URL(rig.gateway.address)
  const client = new OpenAI({ apiKey: key, baseURL: `https://${host}${path}` })
  const createConnection = () => connect(Number(port), hostname)
  return new OpenAIRealtimeWS({ model, options: { createConnection } }, client)
}

it.each(['/compatible-mode/v1', '/api-ws/v1'])(
  'Acceptance test A1: the OpenAI SDK for Node.js converses with the base URL %s.',
  async (path) => {
    const session = open(rig.key, 'qwen3-omni-flash-realtime', path)
    const response = Promise.withResolvers<string>()
    let said = ''
    session.on('event', (event) => {
      const { type } = event as { type: string }
      // The name of the beta protocol, which DashScope speaks.
      if (type === 'response.audio_transcript.delta') said += (event as unknown as { delta: string }).delta
      if (type === 'response.done') response.resolve(said)
    })
    session.on('error', response.reject)
    session.socket.on('open', () => {
      session.send({
        type: 'conversation.item.create',
        item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] },
      })
      session.send({ type: 'response.create' })
    })
    expect(await response.promise).toContain('You said')
    session.close()
  },
)

it('Acceptance test A2: the OpenAI SDK for Node.js gets the reason of a refusal as an error.', async () => {
  const { key } = await rig.gateway.issueKey({ models: ['another-model'] })
  const session = open(key, 'qwen3-omni-flash-realtime', '/compatible-mode/v1')
  const refusal = new Promise<Error>((resolve) => session.on('error', resolve))
  expect((await refusal).message).toContain('This key may not use the model "qwen3-omni-flash-realtime"')
  session.close()
})
