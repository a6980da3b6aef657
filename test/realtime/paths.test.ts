import { beforeAll, describe, expect, it } from 'vitest'
import { type SharedGateway, sharedGateway } from '../harness/shared-gateway.ts'
import { isEvent, openSocket } from './socket.ts'

const OMNI = 'qwen3-omni-flash-realtime'

let gateway: SharedGateway
beforeAll(async () => {
  gateway = await sharedGateway()
})

describe('the WebSocket paths over HTTP', () => {
  it('They answer 426 without an upgrade, 405 to other methods and 404 elsewhere.', async () => {
    const status = async (path: string, method = 'GET') =>
      (await fetch(`${gateway.address}${path}`, { method })).status
    expect(await status('/api-ws/v1/inference')).toBe(426)
    expect(await status('/api-ws/v1/realtime/')).toBe(426)
    expect(await status('/api-ws/v1/realtime', 'POST')).toBe(405)
    expect(await status('/api-ws/v1/other')).toBe(404)
  })

  it('They refuse a bad key in a header with 401, and in a subprotocol in-band.', async () => {
    const address = `${gateway.address}/api-ws/v1/realtime?model=${OMNI}`
    await expect(openSocket(address, { headers: { authorization: 'Bearer dse_bad' } })).rejects.toThrow(
      'refused',
    )
    const socket = await openSocket(address, { protocols: ['realtime', 'openai-insecure-api-key.dse_bad'] })
    expect(await socket.until(isEvent('error'))).toMatchObject({ error: { code: 'InvalidApiKey' } })
    expect(await socket.closed).toMatchObject({ code: 1008 })
  })

  it('They refuse a page that offers only its credential.', async () => {
    const address = `${gateway.address}/api-ws/v1/realtime?model=${OMNI}`
    await expect(openSocket(address, { protocols: ['openai-insecure-api-key.dse_x'] })).rejects.toThrow(
      'refused',
    )
  })
})
