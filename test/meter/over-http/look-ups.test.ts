import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../harness/caller.ts'
import { startTestGateway } from '../../harness/gateway.ts'
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

  it('A lookup with a session token without a user makes no object for the token.', async () => {
    const persist = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
    const gateway = await startTestGateway({}, { persist })
    try {
      const { id, key } = await gateway.issueKey()
      const token = await mintToken(gateway, key, {})
      const headers = { authorization: `Bearer ${token}` }
      for (const number of [1, 2, 3]) {
        const response = await fetch(`${gateway.address}/api/v1/tasks/unknown-${number}`, { headers })
        expect(response.status).toBe(404)
      }
      await until(
        'the refusals are counted',
        async () => (await usageReport(gateway, `key=${id}`)).total.requests === 3,
      )
      expect(await tablesOfMeters(persist)).toEqual([expect.arrayContaining(['usage'])])
    } finally {
      await gateway.stop()
      await rm(persist, { recursive: true, force: true })
    }
  })
})

/** The tables of each meter; meters without tables are left out. */
async function tablesOfMeters(directory: string): Promise<string[][]> {
  const files = await readdir(directory, { recursive: true })
  const meters = files.filter((file) => file.includes('Meter') && /[0-9a-f]{64}\.sqlite$/.test(file))
  return meters
    .map((file) => {
      const database = new DatabaseSync(join(directory, file), { readOnly: true })
      const rows = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table'`).all()
      database.close()
      return rows.map(({ name }) => String(name)).filter((name) => !/^(?:_cf|sqlite)/.test(name))
    })
    .filter((tables) => tables.length > 0)
}
