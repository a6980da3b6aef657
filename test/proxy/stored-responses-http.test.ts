import { describe, expect, it } from 'vitest'
import { json, until } from '../harness/caller.ts'
import { useEmulatedGateway } from '../harness/use-gateway.ts'

const RESPONSES = '/compatible-mode/v1/responses'
const AGENT = '/api/v2/apps/agent/app-1/compatible-mode/v1/responses'

const rig = useEmulatedGateway()

type Json = Record<string, unknown>

function call(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(rig.gateway.address + path, {
    method,
    headers: { authorization: `Bearer ${rig.key}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

async function made(path: string, body: unknown): Promise<Json & { id: string }> {
  const response = await call('POST', path, body)
  expect(response.status).toBe(200)
  return json(response)
}

describe('a stored response', () => {
  it.each([RESPONSES, `/api/v2/apps/protocols${RESPONSES}`])(
    'A stored response is retrieved, listed and deleted at %s',
    async (base) => {
      const first = await made(base, { model: 'qwen-plus', input: 'My name is Li.' })
      const second = await made(base, { model: 'qwen-plus', input: 'And?', previous_response_id: first.id })
      expect(await json(await call('GET', `${base}/${first.id}`))).toMatchObject({
        id: first.id,
        status: 'completed',
      })
      const items = await json<{ data: Json[] }>(
        await call('GET', `${base}/${second.id}/input_items?limit=2&order=asc`),
      )
      expect(items).toMatchObject({ object: 'list', has_more: true, previous_response_id: first.id })
      expect(items.data).toHaveLength(2)
      expect(await json(await call('DELETE', `${base}/${first.id}`))).toMatchObject({ deleted: true })
      const gone = await call('GET', `${base}/${first.id}`)
      expect(gone.status).toBe(404)
      expect(await gone.json()).toMatchObject({ error: { type: 'invalid_request_error', code: 'not_found' } })
    },
  )

  it('DashScope refuses to cancel a complete response.', async () => {
    const { id } = await made(RESPONSES, { model: 'qwen-plus', input: 'hi' })
    expect((await call('POST', `${RESPONSES}/${id}/cancel`)).status).toBe(400)
  })
})

it.each([false, true])(
  'A response with "store": false belongs to no one, as DashScope does not keep it: stream %s.',
  async (stream) => {
    const asked = { model: 'qwen-plus', input: 'hi', stream, store: false }
    const text = await (await call('POST', RESPONSES, asked)).text()
    const [, id = ''] = /"id":"(resp_[^"]+)"/.exec(text) ?? []
    expect((await call('GET', `${RESPONSES}/${id}`)).status).toBe(404)
    const next = { model: 'qwen-plus', input: 'more', previous_response_id: id }
    const refused = await call('POST', RESPONSES, next)
    expect(refused.status).toBe(404)
    expect(await refused.text()).toContain('among those that this key created')
  },
)

describe('a conversation', () => {
  const BASE = '/compatible-mode/v1/conversations'

  it('A conversation is created, continued by responses, changed and deleted.', async () => {
    const { id } = await made(BASE, {
      metadata: { topic: 'demo' },
      items: [{ type: 'message', role: 'user', content: 'Alice was born in Singapore.' }],
    })
    await made(RESPONSES, { model: 'qwen-plus', input: 'Where?', conversation: id })
    const list = await json<{ data: { id: string }[] }>(await call('GET', `${BASE}/${id}/items`))
    expect(list.data).toHaveLength(3)
    await made(RESPONSES, { model: 'qwen-plus', input: 'Again?', conversation: { id } })
    const [newest] = list.data
    expect((await call('GET', `${BASE}/${id}/items/${newest?.id}`)).status).toBe(200)
    expect((await call('DELETE', `${BASE}/${id}/items/${newest?.id}`)).status).toBe(200)
    const items = [{ type: 'message', role: 'user', content: 'Her friend is Bob.' }]
    expect((await call('POST', `${BASE}/${id}/items`, { items })).status).toBe(200)
    const changed = await call('POST', `${BASE}/${id}`, { metadata: { topic: 'other' } })
    expect(await json(changed)).toMatchObject({ id, metadata: { topic: 'other' } })
    expect(await json(await call('GET', `${BASE}/${id}`))).toMatchObject({ object: 'conversation' })
    expect((await call('DELETE', `${BASE}/${id}`)).status).toBe(200)
    expect((await call('GET', `${BASE}/${id}`)).status).toBe(404)
    const after = await call('POST', RESPONSES, { model: 'qwen-plus', input: 'x', conversation: id })
    expect(after.status).toBe(404)
  })

  it.each([
    ['items that are no list', { items: {} }],
    ['an item that is text', { items: ['hello'] }],
    ['metadata that is text', { metadata: 'x' }],
  ])('A conversation with %s is refused.', async (_, body) => {
    expect((await call('POST', BASE, body)).status).toBe(400)
  })

  it.each([{}, { items: null, metadata: null }, { items: [], metadata: [] }])(
    'A conversation is created from %j',
    async (body) => {
      expect((await call('POST', BASE, body)).status).toBe(200)
    },
  )
})

describe('a response of an application', () => {
  it('The response comes whole and as a stream.', async () => {
    expect(await made(AGENT, { input: 'hello' })).toMatchObject({ object: 'response', status: 'completed' })
    const stream = await call('POST', AGENT, { input: 'hello', stream: true })
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    expect(await stream.text()).toContain('event: response.completed')
  })

  it('A response in the background is polled, cancelled and deleted.', async () => {
    const { id, status } = await made(AGENT, { input: 'a long task', background: true })
    expect(status).toBe('queued')
    await until('it is complete', async () => {
      const polled = await json<Json>(await call('GET', `${AGENT}/${id}`))
      return polled.status === 'completed'
    })
    const slow = AGENT.replace('app-1', 'fault-task-pending-60000')
    const other = await made(slow, { input: 'another', background: true })
    expect(await json(await call('POST', `${slow}/${other.id}/cancel`))).toMatchObject({
      status: 'cancelled',
    })
    expect(await json(await call('DELETE', `${AGENT}/${other.id}`))).toMatchObject({ deleted: true })
    expect((await call('GET', `${AGENT}/${other.id}`)).status).toBe(404)
  })

  it('Without the application the key may neither create nor look at the response.', async () => {
    const { key } = await rig.gateway.issueKey({ name: 'other', models: ['app:app-2'] })
    for (const [method, path, body] of [
      ['POST', AGENT, '{"input":"x"}'],
      ['GET', `${AGENT}/resp_1`, undefined],
      ['DELETE', `${AGENT}/resp_1`, undefined],
    ] as const) {
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
      const response = await fetch(rig.gateway.address + path, { method, headers, ...(body && { body }) })
      expect(response.status).toBe(403)
      expect(await response.json()).toMatchObject({
        error: { message: expect.stringContaining('app:app-1') },
      })
    }
  })
})
