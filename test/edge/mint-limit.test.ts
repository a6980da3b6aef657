import { expect, it } from 'vitest'
import { useProofs } from '../auth/use-proofs.ts'
import { ask, CHAT, chatBody, json } from '../harness/caller.ts'

const LIMIT = 3

const rig = useProofs()

function mint(body: object, key?: string): Promise<Response> {
  const authorization = key && { authorization: `Bearer ${key}` }
  return fetch(`${rig.gateway.address}/edge/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(body),
  })
}

async function statuses(asked: readonly Promise<Response>[]): Promise<number[]> {
  return (await Promise.all(asked)).map(({ status }) => status).toSorted()
}

it('A client key mints as many tokens a minute as it may make requests, and its requests count separately.', async () => {
  const { key } = await rig.gateway.issueKey({ limits: { requests_per_minute: LIMIT } })
  const all = await Promise.all(Array.from({ length: 10 }, () => mint({}, key)))
  expect(all.filter(({ status }) => status === 201)).toHaveLength(LIMIT)
  const refused = all.find(({ status }) => status !== 201) as Response
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50)
  expect(await json(refused)).toMatchObject({
    code: 'Throttling.RateQuota',
    message: expect.stringContaining('3 session tokens were issued in the last minute'),
  })
  const chat = () => ask({ address: rig.gateway.address, key, path: CHAT, body: chatBody('qwen-plus', 'hi') })
  expect(await statuses([chat(), chat(), chat(), chat()])).toEqual([200, 200, 200, 429])
})

it('The user of a JWT mints no more tokens a minute than one user may make requests, whatever other users do.', async () => {
  const { id } = await rig.gateway.issueKey({
    mint: { issuers: ['login'] },
    user_limits: { requests_per_minute: LIMIT },
  })
  const [ann, bob] = await Promise.all([rig.jwtOf('ann'), rig.jwtOf('bob')])
  const minted = Array.from({ length: LIMIT + 1 }, () => mint({ key_id: id, jwt: ann }))
  expect(await statuses(minted)).toEqual([201, 201, 201, 429])
  expect((await mint({ key_id: id, jwt: bob })).status).toBe(201)
})

it('Tokens for Turnstile responses and tokens of a key without a rate are not counted.', async () => {
  const turnstile = { hostnames: ['app.example'], action: 'chat' }
  const page = await rig.gateway.issueKey({
    mint: { turnstile },
    limits: { requests_per_minute: 1 },
    user_limits: { requests_per_minute: 1 },
  })
  const free = await rig.gateway.issueKey()
  const widgets = Array.from({ length: 3 }, () => mint({ key_id: page.id, turnstile: 'widget' }))
  expect(await statuses(widgets)).toEqual([201, 201, 201])
  expect(await statuses([mint({}, free.key), mint({}, free.key), mint({}, free.key)])).toEqual([
    201, 201, 201,
  ])
})
