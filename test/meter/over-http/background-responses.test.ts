import { expect, it } from 'vitest'
import { json, until } from '../../harness/caller.ts'
import { useEmulatedGateway } from '../../harness/use-gateway.ts'
import { usageReport } from './rig.ts'

const AGENT = '/api/v2/apps/agent/app-1/compatible-mode/v1/responses'

const rig = useEmulatedGateway()

type Json = Record<string, unknown>

async function call(key: string, method: string, path: string, body?: object): Promise<Json> {
  const response = await fetch(rig.gateway.address + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  expect(response.status).toBe(200)
  return json(response)
}

/** What the requests that begin a response count as; lookups are requests too. */
async function total(id: string): Promise<Record<string, number>> {
  const { rows } = await usageReport(rig.gateway, `key=${id}&group_by=endpoint`)
  return rows.find(({ endpoint }) => String(endpoint) === 'app-responses') ?? {}
}

it('P9: A background response is charged at its estimate, and with its usage once that is seen.', async () => {
  const { id, key } = await rig.gateway.issueKey()
  const made = await call(key, 'POST', AGENT, { input: 'a long task', background: true })
  expect(made.status).toBe('queued')
  await until('the request is counted', async () => (await total(id)).requests === 1)
  expect(await total(id)).toMatchObject({ estimated: 1 })
  let seen: Json = {}
  const poll = async () => {
    seen = await call(key, 'GET', `${AGENT}/${made.id}`)
    return seen.status === 'completed'
  }
  await until('it is complete', poll)
  await until('its usage is counted', async () => (await total(id)).estimated === 0)
  const usage = seen.usage as { input_tokens: number; output_tokens: number }
  const { input_tokens, output_tokens } = usage
  expect(await total(id)).toMatchObject({ requests: 1, input_tokens, output_tokens })
  // Seen again, it changes nothing.
  await poll()
  expect(await total(id)).toMatchObject({ requests: 1, input_tokens, output_tokens })
})

it('P9: A background response that is cancelled costs nothing.', async () => {
  const { id, key } = await rig.gateway.issueKey()
  const slow = AGENT.replace('app-1', 'fault-task-pending-60000')
  const made = await call(key, 'POST', slow, { input: 'a long task', background: true })
  await call(key, 'POST', `${slow}/${made.id}/cancel`)
  await call(key, 'GET', `${slow}/${made.id}`)
  await until('it is settled', async () => {
    const { requests, estimated } = await total(id)
    return requests === 1 && estimated === 0
  })
  expect(await total(id)).toMatchObject({ input_tokens: 0, output_tokens: 0, money: 0 })
})
