import { beforeAll, describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'

const rig = useOwnGateway()
const PROMPT = 'a secret that no log may hold'
const NO_STORE = { 'cache-control': 'no-store' }

let own: { id: string; key: string }
let other: { id: string; key: string }

type Row = Record<string, unknown> & { id: string; seq: number; model: string; status: number }

async function get(path: string, credential = ADMIN_TOKEN) {
  const headers = { authorization: `Bearer ${credential}` }
  const response = await fetch(`${rig.gateway.address}/edge${path}`, { headers })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return { status: response.status, text, body: isJson ? JSON.parse(text) : {} }
}

function chat(key: string, model = 'qwen-plus', extra: object = {}) {
  const body = { ...chatBody(model, PROMPT), ...extra }
  return ask({ address: rig.gateway.address, key, path: CHAT, body, headers: NO_STORE })
}

beforeAll(async () => {
  const limits = { requests_per_minute: 3 }
  own = await rig.gateway.issueKey({ name: 'own', models: ['qwen-*'], limits })
  other = await rig.gateway.issueKey({ name: 'other' })
  await chat(own.key).then((response) => response.text())
  await chat(own.key, 'qwen-max').then((response) => response.text())
  await chat(own.key, 'qwen-plus', { stream: true }).then((response) => response.text())
  // Over the limit, over the policy, and not valid.
  expect((await chat(own.key)).status).toBe(429)
  expect((await chat(own.key, 'wan-2')).status).toBe(403)
  expect((await chat(own.key, 'qwen-plus', { messages: 'none' })).status).toBe(400)
  await chat(other.key).then((response) => response.text())
  await until('all of it is recorded', async () => {
    const { body } = await get(`/requests?key=${own.id}`)
    const rest = await get(`/requests?key=${other.id}`)
    return body.rows.length === 6 && rest.body.rows.length === 1
  })
})

describe('GET /edge/requests', () => {
  it('The newest requests of a key are shown, without prompts and responses.', async () => {
    const { body, text } = await get(`/requests?key=${own.id}`)
    const rows: Row[] = body.rows
    expect(rows.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 400, 403, 429])
    expect(rows.find(({ model }) => model === 'qwen-max')).toMatchObject({
      key: own.id,
      endpoint: 'chat-completions',
      status: 200,
      ending: 'complete',
      region: expect.any(String),
      attempts: [{ status: '200', ms: expect.any(Number) }],
      input: expect.any(Number),
      money: expect.any(Number),
      started_at: expect.stringMatching(/^\d{4}-.*Z$/),
      total_ms: expect.any(Number),
    })
    expect(text).not.toContain(PROMPT)
    expect(text).not.toContain(own.key)
  })

  it('Requests that the gateway refused are shown with code and reason.', async () => {
    const { body } = await get(`/requests?key=${own.id}&status=4xx`)
    const reasons = body.rows.map(({ status, reason, code }: Row) => [status, reason, code]).toSorted()
    expect(reasons).toEqual([
      [400, 'invalid', 'InvalidParameter'],
      [403, 'modelDenied', 'Model.AccessDenied'],
      [429, 'rateLimited', 'Throttling.RateQuota'],
    ])
  })

  it('Requests are read in pages and followed as they arrive.', async () => {
    const first = await get(`/requests?key=${own.id}&limit=4`)
    const second = await get(`/requests?key=${own.id}&limit=4&before=${first.body.next}`)
    const seqs = [...first.body.rows, ...second.body.rows].map(({ seq }: Row) => seq)
    expect(seqs).toEqual([6, 5, 4, 3, 2, 1])
    expect(second.body.next).toBeNull()
    const tail = await get(`/requests?key=${own.id}&since=${first.body.newest}`)
    expect(tail.body.rows).toEqual([])
  })

  it('The operator sees the requests of all keys merged, in pages.', async () => {
    const { body } = await get('/requests?limit=5')
    expect(body.rows).toHaveLength(5)
    const rest = await get(`/requests?limit=5&before=${body.next}`)
    const ids = [...body.rows, ...rest.body.rows].map(({ id }: Row) => id)
    expect(new Set(ids).size).toBe(7)
  })

  it('One request is found by its id.', async () => {
    const { body } = await get(`/requests?key=${own.id}&limit=1`)
    const [row] = body.rows
    expect((await get(`/requests/${row.id}`)).body).toEqual(row)
    expect((await get(`/requests/${row.id}?key=${own.id}`)).body).toEqual(row)
    expect((await get('/requests/unknown')).status).toBe(404)
  })

  it('P7: A client sees only its own requests.', async () => {
    const { body } = await get('/requests', other.key)
    expect(body.rows.map(({ key }: Row) => key)).toEqual([other.id])
    expect((await get(`/requests?key=${own.id}`, other.key)).status).toBe(403)
    const [row] = (await get(`/requests?key=${own.id}`)).body.rows
    expect((await get(`/requests/${row.id}`, other.key)).status).toBe(404)
  })

  it('Requests are available as CSV.', async () => {
    const { text } = await get(`/requests?key=${own.id}&format=csv`)
    const [header, ...lines] = text.trimEnd().split('\r\n')
    expect(header).toMatch(/^key,seq,started_at,id,/)
    expect(lines).toHaveLength(6)
  })

  it.each(['limit=0', 'limit=1001', 'before=x', 'status=abc', 'status=9xx', 'ip=1', 'key=x'])(
    'The parameter %s is refused.',
    async (query) => {
      expect((await get(`/requests?${query}`)).status).toBe(400)
    },
  )
})

describe('GET /edge/usage', () => {
  it('Usage is reported apart for endpoints, regions and hours.', async () => {
    const { body } = await get(`/usage?key=${own.id}&group_by=endpoint,region`)
    const rows = body.rows.map(({ endpoint, region, requests }: Row) => [endpoint, region, requests])
    expect(rows).toEqual([
      ['', '', 3],
      ['chat-completions', expect.stringMatching(/./), 3],
    ])
    const hours = await get(`/usage?key=${own.id}&group_by=hour,model`)
    expect(hours.body.rows[0].hour).toMatch(/^\d{4}-\d\d-\d\dT\d\d$/)
    expect(hours.body.total.requests).toBe(6)
  })

  it('Requests that the gateway refused are counted.', async () => {
    const { body } = await get(`/usage?key=${own.id}`)
    expect(body.total).toMatchObject({ requests: 6, refused: 3 })
  })

  it('A revoked key stays in the totals and is marked.', async () => {
    const { id, key } = await rig.gateway.issueKey({ name: 'gone' })
    await chat(key).then((response) => response.text())
    await until('it is counted', async () => (await get(`/usage?key=${id}`)).body.total.requests === 1)
    const before = (await get('/usage?group_by=key')).body.total.requests
    await fetch(`${rig.gateway.address}/edge/keys/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    })
    const { body } = await get('/usage?group_by=key')
    expect(body.total.requests).toBe(before)
    expect(body.rows.find((row: Row) => row.key === id)).toMatchObject({
      name: 'gone',
      revoked_at: expect.stringMatching(/Z$/),
    })
    const { text } = await get('/usage?group_by=key&format=csv')
    expect(text).toMatch(/^key,requests,.*,currency,name,revoked_at\r\n/)
  })
})

it('The CSV begins with a byte order mark if that is asked for, and without one otherwise.', async () => {
  const beginning = async (query: string) => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
    const response = await fetch(`${rig.gateway.address}/edge/usage?format=csv${query}`, { headers })
    return Buffer.from(await response.arrayBuffer())
      .subarray(0, 6)
      .toString('latin1')
  }
  expect([await beginning('&bom=1'), await beginning('&bom=0'), await beginning('')]).toEqual([
    '\u00ef\u00bb\u00bfday',
    'day,re',
    'day,re',
  ])
})

describe('GET /edge/latency and GET /edge/errors', () => {
  it('Latency is given as percentiles of complete responses by model.', async () => {
    const { body } = await get(`/latency?key=${own.id}&group_by=model`)
    const row = body.rows.find(({ model }: Row) => model === 'qwen-plus')
    expect(row.total_ms.p50).toBeGreaterThan(0)
    expect(row.total_ms.p99).toBeGreaterThanOrEqual(row.total_ms.p50)
    expect((await get('/latency?group_by=hour,key')).body.rows.length).toBeGreaterThan(0)
  })

  it('The total of a latency report has the percentiles of all its requests.', async () => {
    const [byModel, byKey] = await Promise.all([
      get(`/latency?key=${own.id}&group_by=model`),
      get(`/latency?key=${own.id}&group_by=key`),
    ])
    const { key: _, ...row } = byKey.body.rows[0]
    expect(byModel.body.total).toEqual(row)
    expect(byModel.body.total.requests).toBe(
      byModel.body.rows.reduce((sum: number, { requests }: Row) => sum + Number(requests), 0),
    )
  })

  it('Errors are counted by code, the most frequent first.', async () => {
    const { body } = await get(`/errors?key=${own.id}&group_by=code`)
    expect(body.rows).toHaveLength(3)
    expect(body.rows).toContainEqual({
      status: 429,
      code: 'Throttling.RateQuota',
      reason: 'rateLimited',
      requests: 1,
    })
    expect((await get('/errors?group_by=user')).status).toBe(400)
    expect((await get(`/errors?key=${own.id}`, other.key)).status).toBe(403)
  })
})
