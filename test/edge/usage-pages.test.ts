import { afterAll, beforeAll, expect, it } from 'vitest'
import { hashClientKey, makeClientKey } from '../../src/keys/client-key.ts'
import { recordEntry } from '../../src/keys/store.ts'
import { MEASURES } from '../../src/meter/measures.ts'
import { ADMIN_TOKEN, caller, type MeterRig, startMeterRig } from '../meter/rig.ts'

const DAYS = 60
const USERS = 1000
const MODELS = 10

let rig: MeterRig
const [ann, bob] = [caller(undefined), caller(undefined)]
const [annsKey, bobsKey] = [makeClientKey(), makeClientKey()]
const RANGE = 'from=2026-09-01&to=2026-11-29'

interface Page {
  rows: { user?: string; requests: number }[]
  total: { requests: number }
  cursor?: string
}

beforeAll(async () => {
  rig = await startMeterRig()
  const kv = await rig.keys()
  for (const [{ keyId, policy }, credential] of [
    [ann, annsKey],
    [bob, bobsKey],
  ] as const) {
    await kv.put(`id:${keyId}`, hashClientKey(credential), { metadata: policy })
    await kv.put(recordEntry(hashClientKey(credential)), JSON.stringify(policy))
  }
  await rig.settle(ann, { user: 'ann' })
  await rig.settle(bob, { user: 'bob' })
  const names = MEASURES.map((measure) => `"${measure}"`).join(', ')
  const ones = MEASURES.map(() => '1').join(', ')
  await rig.run(ann.keyId, [
    'DELETE FROM usage',
    `WITH RECURSIVE d (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM d WHERE n + 1 < ${DAYS}),
       m (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM m WHERE n + 1 < ${MODELS}),
       u (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM u WHERE n + 1 < ${USERS})
     INSERT INTO usage (day, model, user, ${names})
       SELECT date('2026-11-24', '-' || d.n || ' days'), 'model-' || m.n, 'user-' || u.n, ${ones} FROM d, m, u`,
  ])
}, 60_000)

afterAll(() => rig?.stop())

function ask(path: string, credential = ADMIN_TOKEN): Promise<Response> {
  return fetch(rig.address() + path, { headers: { authorization: `Bearer ${credential}` } })
}

it('A report over more sums than a page adds up comes in pages, which add up to the whole.', async () => {
  const added = new Map<string, number>()
  const totals: number[] = []
  let path: string | undefined = `/edge/usage?${RANGE}&group_by=user&key=${ann.keyId}`
  while (path) {
    const response = await ask(path)
    const { rows, total, cursor } = (await response.json()) as Page
    for (const { user = '', requests } of rows) added.set(user, (added.get(user) ?? 0) + requests)
    totals.push(total.requests)
    path = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
    expect(path?.endsWith(`&cursor=${cursor}`) ?? cursor === undefined).toBe(true)
  }
  expect(totals).toEqual([500_000, 100_000])
  expect([...new Set(added.values())]).toEqual([DAYS * MODELS])
  expect(added.size).toBe(USERS)
}, 60_000)

it('A small report has no cursor, also next to a key that has many pages.', async () => {
  const own = await ask(`/edge/usage?${RANGE}&group_by=user`, bobsKey)
  expect([own.headers.get('link'), await own.json()]).toEqual([
    null,
    expect.not.objectContaining({ cursor: expect.anything() }),
  ])
  const first = (await (await ask(`/edge/usage?${RANGE}&group_by=key,user`)).json()) as Page
  expect(first.rows.map(({ user }) => user)).toContain('bob')
  const path = `/edge/usage?${RANGE}&group_by=key,user&cursor=${first.cursor}`
  const second = (await (await ask(path)).json()) as Page
  expect(second.rows.map(({ user }) => user)).not.toContain('bob')
}, 60_000)

it('P7: A cursor shows no usage of another key.', async () => {
  const page = (await (await ask(`/edge/usage?${RANGE}&group_by=user&key=${ann.keyId}`)).json()) as Page
  const path = `/edge/usage?${RANGE}&group_by=user&cursor=${page.cursor}`
  const foreign = await ask(path, bobsKey)
  expect([foreign.status, await foreign.json()]).toMatchObject([
    400,
    { message: expect.stringMatching(/^cursor: /) },
  ])
  expect((await ask(path, annsKey)).status).toBe(200)
}, 60_000)
