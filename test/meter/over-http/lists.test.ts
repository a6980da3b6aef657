import { beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway } from '../../harness/gateway.ts'
import { json, startPlainUpstream } from '../../harness/plain-upstream.ts'
import { useGateway } from '../../harness/use-gateway.ts'

const FILES = '/compatible-mode/v1/files'

const rig = useGateway()
beforeAll(async () => {
  for (const { id } of FILE_ROWS) {
    rig.upstream.answer(json(JSON.stringify({ id })))
    const form = new FormData()
    form.set('file', new Blob(['x']), 'a.txt')
    expect((await get(FILES, { method: 'POST', body: form })).status).toBe(200)
  }
})

/** As DashScope describes them; made on three days. */
const FILE_ROWS = [
  { id: 'file-1', purpose: 'file-extract', created_at: Date.UTC(2025, 2, 5) / 1000 },
  { id: 'file-2', purpose: 'batch', created_at: Date.UTC(2025, 2, 6) / 1000 },
  { id: 'file-3', purpose: 'file-extract', created_at: Date.UTC(2025, 2, 7) / 1000 },
]

function get(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(rig.gateway.address + path, { ...init, headers: { authorization: `Bearer ${rig.key}` } })
}

function serveFiles() {
  rig.upstream.answer((response, seen) => {
    const row = FILE_ROWS.find(({ id }) => seen.target.endsWith(`/${id}`))
    return json(JSON.stringify(row ?? {}), row ? 200 : 404)(response, seen)
  })
}

describe('a list of files', () => {
  it.each([
    ['', ['file-3', 'file-2', 'file-1'], false],
    ['?purpose=batch', ['file-2'], false],
    ['?purpose=file-extract&limit=1', ['file-3'], true],
    ['?create_after=20250306', ['file-3', 'file-2'], false],
    ['?create_after=2025-03-06&create_before=2025-03-07%2000:00:00', ['file-2'], false],
    ['?limit=2', ['file-3', 'file-2'], true],
    ['?limit=2000', ['file-3', 'file-2', 'file-1'], false],
    ['?limit=10000', ['file-3', 'file-2', 'file-1'], false],
  ])('The query %j lists %j', async (query, ids, hasMore) => {
    serveFiles()
    const response = await get(FILES + query)
    expect(response.status).toBe(200)
    const list = (await response.json()) as { data: { id: string }[]; has_more: boolean }
    expect(list.data.map(({ id }) => id)).toEqual(ids)
    expect(list.has_more).toBe(hasMore)
  })

  it.each([
    ['limit=0', 'limit'],
    ['limit=many', 'limit'],
    ['create_after=yesterday', 'create_after'],
  ])('The query ?%s is refused.', async (query, param) => {
    const response = await get(`${FILES}?${query}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param, code: 'invalid_parameter_error' } })
  })
})

describe("DashScope's own error to a list", () => {
  const REFUSED =
    '{"code":"InvalidParameter","message":"from DashScope","request_id":"r", "more":12345678901234567890}'

  it.each([
    ['/api/v1/tasks?start_time=bad', 400, {}],
    ['/api/v1/tasks', 429, { 'retry-after': '70', 'x-request-id': 'r' }],
    [FILES, 403, { 'x-request-id': 'r' }],
    [FILES, 429, { 'retry-after': '70' }],
  ])('%s: the error %i is passed on byte for byte.', async (path, status, headers) => {
    rig.upstream.answer(json(REFUSED, status, headers))
    const response = await get(path)
    expect(response.status).toBe(status)
    expect(await response.text()).toBe(REFUSED)
    for (const [name, value] of Object.entries(headers)) expect(response.headers.get(name)).toBe(value)
  })

  it('A response that is not JSON or not a list becomes a 502.', async () => {
    for (const text of ['nonsense', '{}']) {
      rig.upstream.answer(json(text))
      const response = await get('/api/v1/tasks')
      expect(response.status).toBe(502)
      expect(await response.json()).toMatchObject({ code: 'InternalError.Upstream' })
    }
  })

  it('An error is the whole response even if another account returns its list.', async () => {
    const second = await startPlainUpstream()
    second.answer(json(REFUSED, 400))
    rig.upstream.answer(json('{"total_page":0,"data":[],"request_id":"r"}'))
    const both = await startTestGateway({
      REGIONS: 'beijing,singapore',
      DASHSCOPE_BASE_URL: rig.upstream.address,
      DASHSCOPE_BASE_URL_SINGAPORE: second.address,
      DASHSCOPE_API_KEY_SINGAPORE: 'sk-of-the-second-account',
    })
    try {
      const { key: caller } = await both.issueKey()
      const response = await fetch(`${both.address}/api/v1/tasks`, {
        headers: { authorization: `Bearer ${caller}` },
      })
      expect([response.status, await response.text()]).toEqual([400, REFUSED])
    } finally {
      await both.stop()
      await second.stop()
    }
  })
})
