import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { isEvent, isTaskEvent, openSocket, runSynthesis } from './socket.ts'
import { acceptUpgrade, CLOSE, serverFrame } from './socket-server.ts'

/** Accepts every upgrade of Beijing and closes the connection at once. */
let beijing: Server
let upgrades = 0
let closeCode = 0
let gateway: TestGateway

beforeAll(async () => {
  beijing = createServer()
  beijing.on('upgrade', (request, socket: Socket) => {
    upgrades++
    acceptUpgrade(request, socket)
    const payload = Buffer.alloc(2)
    payload.writeUInt16BE(closeCode)
    socket.end(serverFrame(CLOSE, payload))
  })
  beijing.listen(0, '127.0.0.1')
  await once(beijing, 'listening')
  const { port } = beijing.address() as AddressInfo
  gateway = await startTestGateway({
    REGIONS: 'beijing,singapore',
    DASHSCOPE_BASE_URL: `http://127.0.0.1:${port}`,
    DASHSCOPE_API_KEY: 'sk-beijing',
    DASHSCOPE_BASE_URL_SINGAPORE: inject('emulatorAddress'),
    DASHSCOPE_API_KEY_SINGAPORE: 'sk-singapore',
  })
})
afterAll(async () => {
  await gateway.stop()
  beijing.closeAllConnections()
  beijing.close()
})

beforeEach(async () => {
  upgrades = 0
  await gateway.forgetRegions()
})

/** Opens sockets one after the other, until each has begun or failed. */
async function connectTimes(times: number, path: string): Promise<void> {
  const { key } = await gateway.issueKey()
  for (let time = 0; time < times; time++) {
    const socket = await openSocket(gateway.address + path, { headers: { authorization: `Bearer ${key}` } })
    if (path.endsWith('inference')) socket.send(runSynthesis('t1'))
    const hasBegun = [isTaskEvent('task-started'), isEvent('session.created')]
    const hasFailed = [isTaskEvent('task-failed'), isEvent('error')]
    await socket.until((message) => [...hasBegun, ...hasFailed].some((fits) => fits(message)))
    socket.close()
    await socket.closed
  }
}

const PATHS = [
  ['tasks', '/api-ws/v1/inference'],
  ['sessions', '/api-ws/v1/realtime?model=qwen3-omni-flash-realtime'],
] as const

describe('a region that accepts connections and loses them at once', () => {
  it.each(PATHS)('The region is left out after five failures of %s.', async (_, path) => {
    closeCode = 1011
    await connectTimes(7, path)
    expect(upgrades).toBe(5)
  })

  it.each(PATHS)('The region is asked again if it closes %s for a fault of the caller.', async (_, path) => {
    closeCode = 1008
    await connectTimes(7, path)
    expect(upgrades).toBe(7)
  })
})
