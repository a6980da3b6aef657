import { expect, it } from 'vitest'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'

const rig = useOwnGateway()

function change(id: string, method: 'GET' | 'PATCH', body?: object): Promise<Response> {
  return fetch(`${rig.gateway.address}/edge/keys/${id}`, {
    method,
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
}

it('Ten changes to one key at the same moment are all answered with 200, and none is lost.', async () => {
  const { id } = await rig.gateway.issueKey({ name: 'shared' })
  const changes = [
    { name: 'renamed' },
    { models: ['qwen-*'] },
    { origins: ['https://a.example'] },
    { endpoints: ['chat-completions'] },
    { limits: { requests_per_minute: 9 } },
    { ip_ranges: ['203.0.113.0/24'] },
    { metered: false },
    { regions: ['beijing'] },
    { cache: { scope: 'team' } },
    { expires_at: '2099-01-01T00:00:00Z' },
  ]
  const begun = Date.now()
  const responses = await Promise.all(changes.map((each) => change(id, 'PATCH', each)))
  expect(responses.map(({ status }) => status)).toEqual(changes.map(() => 200))
  // KV takes one write a second of an entry, which the changes share.
  expect(Date.now() - begun).toBeLessThan(5000)
  expect(await (await change(id, 'GET')).json()).toMatchObject(Object.assign({}, ...changes))
})
