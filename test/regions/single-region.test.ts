import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ask, askAndLeave, nativeBody, SSE, TEXT, until } from '../harness/caller.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'

describe('one region and one key', () => {
  const rig = useOwnGateway()

  it.each([
    ['status-500-InternalError', 2],
    ['status-503-ModelServingError', 2],
    ['status-503-ModelUnavailable', 2],
    ['status-429-Throttling', 2],
    ['status-429-Throttling.RateQuota', 2],
    ['status-429-Throttling.BurstRate', 2],
    ['status-500-SystemError', 2],
    ['status-500-RequestTimeOut', 2],
    ['status-500-InternalError.Algo', 2],
    ['first-event-429-Throttling', 2],
    ['first-event-nostatus-ModelServingError', 2],
    ['cut', 2],
    ['html', 2],
    ['empty', 2],
    ['status-401-InvalidApiKey', 1],
    ['status-400-Arrearage', 1],
    ['status-400-InvalidParameter', 1],
    ['status-403-AllocationQuota.FreeTierOnly', 1],
    ['redirect', 1],
  ])('The caller gets %s after %d calls.', async (fault, calls) => {
    const before = (await rig.gateway.calls()).length
    // A stream would have its first frames through before a cut.
    const headers = /first-event|empty/.test(fault) ? SSE : {}
    const response = await ask({
      address: rig.gateway.address,
      key: rig.key,
      path: TEXT,
      headers,
      body: nativeBody(`fault-once-${fault}`, fault),
    })
    await response.text()
    expect((await rig.gateway.calls()).length - before).toBe(calls)
    expect(response.ok).toBe(calls === 2)
  })

  it('The gateway waits as long as Retry-After says.', async () => {
    const startMs = Date.now()
    const body = nativeBody('fault-once-status-429-Throttling-retry-2', 'hello')
    const response = await ask({ address: rig.gateway.address, key: rig.key, path: TEXT, body })
    expect(response.status).toBe(200)
    expect(Date.now() - startMs).toBeGreaterThanOrEqual(1990)
  })

  it.each([
    ['longer than the gateway waits', '3600', {}],
    ['beyond the caller’s deadline', '3', { 'x-edge-timeout': '2' }],
  ])('A Retry-After is passed on if it is %s', async (_, seconds, headers) => {
    const before = (await rig.gateway.calls()).length
    const body = nativeBody(`fault-status-429-Throttling-retry-${seconds}`, 'hello')
    const response = await ask({ address: rig.gateway.address, key: rig.key, path: TEXT, headers, body })
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe(seconds)
    expect((await rig.gateway.calls()).length - before).toBe(1)
  })

  it('P5: There is no further attempt for a caller that left during the wait.', async () => {
    const before = (await rig.gateway.calls()).length
    const body = nativeBody('fault-status-429-Throttling-retry-1', 'leaving')
    await askAndLeave({ address: rig.gateway.address, key: rig.key, path: TEXT, body }, 'asked', 400)
    await until('the first attempt arrives', async () => (await rig.gateway.calls()).length > before)
    await sleep(1500)
    expect((await rig.gateway.calls()).length - before).toBe(1)
  })
})
