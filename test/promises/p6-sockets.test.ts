import { afterEach, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { isEvent, isTaskEvent, openSocket, runSynthesis } from '../realtime/socket.ts'

const OMNI = '/api-ws/v1/realtime?model=qwen3-omni-flash-realtime'
const LIMITED = { limits: { tokens_per_day: 1_000_000, characters_per_day: 1000 } }

let gateway: TestGateway | undefined
afterEach(() => gateway?.stop())

async function start(variables: Record<string, string>, path: string) {
  gateway = await startTestGateway(variables)
  const { key } = await gateway.issueKey(LIMITED)
  return openSocket(gateway.address + path, { headers: { authorization: `Bearer ${key}` } })
}

describe('P6: WebSockets while the meter fails', () => {
  it('A task of a key with limits is refused in-band, and DashScope is not asked.', async () => {
    const socket = await start({ METER_FAULT: 'throws' }, '/api-ws/v1/inference')
    socket.send(runSynthesis('t1'))
    expect(await socket.until(isTaskEvent('task-failed'))).toMatchObject({
      header: { task_id: 't1', error_code: 'ModelUnavailable' },
    })
    expect(await socket.closed).toEqual({ code: 1011, reason: 'ModelUnavailable' })
    expect(await gateway?.calls()).toEqual([])
  })

  it('The task runs with LIMITS_FAIL=open.', async () => {
    const socket = await start({ METER_FAULT: 'throws', LIMITS_FAIL: 'open' }, '/api-ws/v1/inference')
    socket.send(runSynthesis('t1'))
    await socket.until(isTaskEvent('task-started'))
    socket.close()
  })

  it('A running session ends in-band after two renewals have failed.', async () => {
    const socket = await start({ METER_FAULT: 'throws-later', REALTIME_SLICE_SECONDS: '1' }, OMNI)
    await socket.until(isEvent('session.created'))
    expect(await socket.until(isEvent('error'))).toMatchObject({
      error: { type: 'server_error', code: 'ModelUnavailable' },
    })
    expect(await socket.closed).toEqual({ code: 1011, reason: 'ModelUnavailable' })
  })
})

it('P6: The upgrade is 503 while the key store fails.', async () => {
  await expect(start({ KEYS_FAULT: 'throws' }, OMNI)).rejects.toThrow('refused')
})
