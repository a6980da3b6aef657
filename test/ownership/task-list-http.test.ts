import { describe, expect, it } from 'vitest'
import { json } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'

const SUBMIT = '/api/v1/services/aigc/text2image/image-synthesis'
const TASKS = 250

/** What DashScope's list holds: the caller's task on its last page, and tasks of others. */
const rows = Array.from({ length: TASKS }, (_, index) => ({ task_id: `task-${index}`, api_key_id: 'k' }))
const OWN = `task-${TASKS - 1}`

const rig = useGateway()

async function call(path: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const headers = {
    authorization: `Bearer ${rig.key}`,
    'content-type': 'application/json',
    'x-dashscope-async': 'enable',
  }
  const response = await fetch(rig.gateway.address + path, { ...init, headers })
  expect(response.status).toBe(200)
  return (await response.json()) as Record<string, unknown>
}

describe('the list of tasks', () => {
  it('An account is read once for all pages that a caller asks for, and again for the first page.', async () => {
    rig.upstream.answer(
      json(JSON.stringify({ output: { task_id: OWN, task_status: 'PENDING' }, request_id: 'r' })),
    )
    await call(SUBMIT, { method: 'POST', body: JSON.stringify({ model: 'm', input: { prompt: 'a cat' } }) })
    const pages: string[] = []
    rig.upstream.answer((response, seen) => {
      const query = new URL(seen.target, 'http://upstream').searchParams
      const page = Number(query.get('page_no'))
      pages.push(`${page}${query.get('status') ?? ''}`)
      const data = rows.slice((page - 1) * 100, page * 100)
      return json(JSON.stringify({ data, total_page: 3, request_id: 'r' }))(response, seen)
    })
    const first = await call('/api/v1/tasks?page_size=1')
    expect(first).toMatchObject({ total: 1, data: [{ task_id: OWN }], total_page: 1, page_size: 1 })
    expect(first.data).toEqual([{ task_id: OWN }])
    expect(pages).toEqual(['1', '2', '3'])
    expect(await call('/api/v1/tasks?page_size=1&page_no=2')).toMatchObject({ total: 1, data: [] })
    expect(await call('/api/v1/tasks?page_size=1&page_no=3')).toMatchObject({ total: 1, data: [] })
    expect(pages).toHaveLength(3)
    await call('/api/v1/tasks?page_size=1&page_no=2&status=FAILED')
    expect(pages.slice(3)).toEqual(['1FAILED', '2FAILED', '3FAILED'])
    await call('/api/v1/tasks?page_size=1')
    expect(pages.slice(6)).toEqual(['1', '2', '3'])
  })
})
