import { beforeAll, describe, expect, it } from 'vitest'
import { until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { type SharedGateway, sharedGateway } from '../harness/shared-gateway.ts'
import { isTaskEvent, openSocket, runSynthesis, taskFrame } from './socket.ts'

let gateway: SharedGateway

beforeAll(async () => {
  gateway = await sharedGateway()
})

async function report(path: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(gateway.address + path, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  })
  const body = (await response.json()) as {
    rows?: Record<string, unknown>[]
    requests?: Record<string, unknown>[]
  }
  return body.requests ?? body.rows ?? []
}

describe('the request log of a key that uses a WebSocket', () => {
  it('The log has one row for each task, with its endpoint, region and usage.', async () => {
    const { id, key } = await gateway.issueKey()
    const socket = await openSocket(`${gateway.address}/api-ws/v1/inference`, {
      headers: { authorization: `Bearer ${key}` },
    })
    socket.send(runSynthesis('t1'))
    await socket.until(isTaskEvent('task-started'))
    socket.send(taskFrame('continue-task', 't1', { input: { text: 'Hello.' } }))
    socket.send(taskFrame('finish-task', 't1', { input: {} }))
    await socket.until(isTaskEvent('task-finished'))
    socket.close()
    await until('the task is logged', async () => (await report(`/edge/requests?key=${id}`)).length === 1)
    expect(await report(`/edge/requests?key=${id}`)).toMatchObject([
      { endpoint: 'inference', region: 'beijing', status: 101, ending: 'complete' },
    ])
    expect(await report(`/edge/usage?key=${id}&group_by=endpoint,region`)).toMatchObject([
      { endpoint: 'inference', region: 'beijing', requests: 1, characters: 6 },
    ])
  })

  it('A7: The log has one row for each task that was refused, which counts as refused.', async () => {
    const { id, key } = await gateway.issueKey({ limits: { requests_per_minute: 1 } })
    const socket = await openSocket(`${gateway.address}/api-ws/v1/inference`, {
      headers: { authorization: `Bearer ${key}` },
    })
    for (const task of ['t1', 't2']) socket.send(runSynthesis(task))
    await socket.until(isTaskEvent('task-failed'))
    socket.close()
    await until('the refusal is counted', async () => {
      const [row] = await report(`/edge/usage?key=${id}`)
      return row?.refused === 1
    })
    const rows = await report(`/edge/requests?key=${id}`)
    expect(rows).toContainEqual(
      expect.objectContaining({ status: 429, reason: 'rateLimited', ending: 'refused' }),
    )
  })
})
