import { expect, it } from 'vitest'
import type { JobRecord } from '../../src/jobs/job.ts'
import { CHAT, json, until } from '../harness/caller.ts'
import { useGateway } from '../harness/use-gateway.ts'

const rig = useGateway()

it('test 12: A job of 20 MiB reaches DashScope byte for byte.', async () => {
  const start = '{"model":"qwen-plus","messages":[{"role":"user","content":"'
  const body = `${start}${'x'.repeat(20 * 1024 * 1024 - start.length - 4)}"}]}`
  const headers = {
    authorization: `Bearer ${rig.key}`,
    'content-type': 'application/json',
    prefer: 'respond-async',
  }
  const response = await fetch(rig.gateway.address + CHAT, { method: 'POST', headers, body })
  expect(response.status).toBe(202)
  const { id } = await json<JobRecord>(response)
  const read = async () =>
    json<JobRecord>(
      await fetch(`${rig.gateway.address}/edge/jobs/${id}`, {
        headers: { authorization: headers.authorization },
      }),
    )
  await until('the job has ended', async () => (await read()).ended_at !== null)
  expect((await read()).status).toBe('succeeded')
  expect(rig.upstream.seen).toHaveLength(1)
  expect(rig.upstream.seen[0]?.body.equals(Buffer.from(body))).toBe(true)
})
