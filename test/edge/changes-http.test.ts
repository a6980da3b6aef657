import { expect, it } from 'vitest'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'
import { TEN_CHANGES } from '../keys/ten-changes.ts'

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
  const begun = Date.now()
  const responses = await Promise.all(TEN_CHANGES.map((each) => change(id, 'PATCH', each)))
  expect(responses.map(({ status }) => status)).toEqual(TEN_CHANGES.map(() => 200))
  // KV takes one write a second of an entry, which the changes share.
  expect(Date.now() - begun).toBeLessThan(5000)
  expect(await (await change(id, 'GET')).json()).toMatchObject(Object.assign({}, ...TEN_CHANGES))
})
