import { beforeAll, describe, expect, it } from 'vitest'
import { useOwnGateway } from '../../harness/use-gateway.ts'
import { mintToken, usageReport } from './rig.ts'

const rig = useOwnGateway()

function look(credential: string, path: string): Promise<Response> {
  return fetch(rig.gateway.address + path, { headers: { authorization: `Bearer ${credential}` } })
}

describe('lookups of resources that belong to others', () => {
  let limited: { id: string; key: string }
  beforeAll(async () => {
    limited = await rig.gateway.issueKey({ limits: { requests_per_minute: 2 } })
  })

  it('A lookup counts against the limits of the caller.', async () => {
    const statuses: number[] = []
    for (const number of [1, 2, 3]) {
      statuses.push((await look(limited.key, `/api/v1/tasks/unknown-${number}`)).status)
    }
    expect(statuses).toEqual([404, 404, 429])
    expect(await rig.gateway.calls()).toEqual([])
  })

  it('A lookup counts as refused and stays in flight no longer than it runs.', async () => {
    const { id, key } = await rig.gateway.issueKey({ limits: { requests_in_flight: 1 } })
    for (const _ of [1, 2, 3]) expect((await look(key, '/compatible-mode/v1/files/unknown')).status).toBe(404)
    await expect
      .poll(async () => (await usageReport(rig.gateway, `key=${id}`)).total, { timeout: 5000 })
      .toMatchObject({ requests: 3, refused: 3, broken: 0 })
  })

  it('A lookup with a session token without a user writes nothing.', async () => {
    const { key } = await rig.gateway.issueKey()
    const token = await mintToken(rig.gateway, key, {})
    expect((await look(token, '/api/v1/tasks/unknown')).status).toBe(404)
  })
})
