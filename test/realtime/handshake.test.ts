import { describe, expect, it } from 'vitest'
import { ask, json } from '../harness/caller.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'
import { openRawSocket } from './raw-socket.ts'
import { isEvent, openSocket } from './socket.ts'

const rig = useOwnGateway()
const OMNI = '/api-ws/v1/realtime?model=qwen3-omni-flash-realtime'

describe('the handshake', () => {
  it('Acceptance test A14: The response does not use the compression that was offered.', async () => {
    const { response, connection } = await openRawSocket(rig.gateway.address + OMNI, {
      authorization: `Bearer ${rig.key}`,
      'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
    })
    expect(response.statusCode).toBe(101)
    expect(response.headers).not.toHaveProperty('sec-websocket-extensions')
    expect(response.headers).not.toHaveProperty('sec-websocket-protocol')
    connection.destroy()
  })

  it.each([
    ['chat, realtime', 'realtime'],
    ['chat,other', 'chat'],
    ['openai-beta.realtime-v1', 'openai-beta.realtime-v1'],
  ])('Acceptance test A14: The offer "%s" is answered with exactly "%s"', async (offered, selected) => {
    const { response, connection } = await openRawSocket(rig.gateway.address + OMNI, {
      authorization: `Bearer ${rig.key}`,
      'sec-websocket-protocol': offered,
    })
    expect(response.headers['sec-websocket-protocol']).toBe(selected)
    connection.destroy()
  })

  it('Acceptance test A10: The token of a page is neither in the response nor sent to DashScope.', async () => {
    const minted = await ask({ address: rig.gateway.address, key: rig.key, path: '/edge/tokens', body: {} })
    const { token } = await json<{ token: string }>(minted)
    const { response, connection } = await openRawSocket(rig.gateway.address + OMNI, {
      'sec-websocket-protocol': `realtime, openai-insecure-api-key.${token}, openai-agents-sdk.0.20.0`,
    })
    expect(response.headers['sec-websocket-protocol']).toBe('realtime')
    expect(JSON.stringify(response.rawHeaders)).not.toContain(token)
    connection.destroy()
    const socket = await openSocket(rig.gateway.address + OMNI, {
      protocols: ['realtime', `openai-insecure-api-key.${token}`],
    })
    await socket.until(isEvent('session.created'))
    const calls = (await rig.gateway.calls()).filter(({ path }) => path === '/api-ws/v1/realtime')
    expect(calls.length).toBeGreaterThanOrEqual(2)
    for (const call of calls) {
      expect(JSON.stringify(call)).not.toContain(token)
      expect(call.headers).not.toHaveProperty('sec-websocket-protocol')
      expect(call.headers.authorization).toBe(`Bearer ${rig.gateway.apiKey}`)
      expect(call.query).toBe('model=qwen3-omni-flash-realtime')
    }
    socket.close()
  })
})
