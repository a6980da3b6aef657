import { describe, expect, it } from 'vitest'
import { ask, json, nativeBody, TEXT } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { useTenants } from './tenants.ts'

const IMAGE = '/api/v1/services/aigc/text2image/image-synthesis'
const TASKS = '/api/v1/tasks'

const rig = useTenants()
const { as } = rig

async function submit(key: string, path = IMAGE): Promise<string> {
  const response = await ask({
    address: rig.gateway.address,
    key,
    path,
    headers: { 'x-dashscope-async': 'enable' },
    body:
      path === IMAGE
        ? { model: 'wanx-v1', input: { prompt: 'a cat' } }
        : { model: 'text-embedding-async-v2', input: { url: 'https://files.example/texts.txt' } },
  })
  expect(response.status).toBe(200)
  return (await json<{ output: { task_id: string } }>(response)).output.task_id
}
describe('P7 cached answers', () => {
  const responseOf = async (key: string, text: string, headers: Record<string, string> = {}) => {
    const response = await ask({
      address: rig.gateway.address,
      key,
      path: TEXT,
      headers,
      body: nativeBody('qwen-plus', text),
    })
    expect(response.status).toBe(200)
    return {
      status: response.headers.get('cache-status'),
      id: (await json<{ request_id: string }>(response)).request_id,
    }
  }

  it('A cached response of one key is not served to another.', async () => {
    const first = await responseOf(rig.alice.key, 'a secret of alice')
    expect((await responseOf(rig.alice.key, 'a secret of alice')).id).toBe(first.id)
    const other = await responseOf(rig.bob.key, 'a secret of alice')
    expect(other.status).toBe('dashscope-edge; fwd=miss; stored')
    expect(other.id).not.toBe(first.id)
  })

  it('Cached responses are shared by keys that the operator put into one scope, and by no other.', async () => {
    const cache = { scope: 'team' }
    const [one, two] = [await rig.gateway.issueKey({ cache }), await rig.gateway.issueKey({ cache })]
    const first = await responseOf(one.key, 'shared words')
    const second = await responseOf(two.key, 'shared words')
    expect(second.id).toBe(first.id)
    expect(second.status).toMatch(/hit; ttl=3[56]\d\d$/)
    expect((await responseOf(rig.alice.key, 'shared words')).id).not.toBe(first.id)
  })

  it('Cached responses of one key are purged with that key, and the others stay.', async () => {
    const mine = await responseOf(rig.alice.key, 'to be purged')
    const theirs = await responseOf(rig.bob.key, 'to be purged')
    const purge = await fetch(`${rig.gateway.address}/edge/cache?key=${rig.alice.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    })
    expect(purge.status).toBe(200)
    expect((await responseOf(rig.alice.key, 'to be purged')).id).not.toBe(mine.id)
    expect((await responseOf(rig.bob.key, 'to be purged')).id).toBe(theirs.id)
  })
})

describe('P7 tasks', () => {
  it('Tasks exist for the key that submitted them, and for no other key.', async () => {
    const id = await submit(rig.alice.key)
    const mine = await as(rig.alice.key, `${TASKS}/${id}`)
    expect(mine.status).toBe(200)
    expect(await json(mine)).toMatchObject({ output: { task_id: id } })
    const theirs = await as(rig.bob.key, `${TASKS}/${id}`)
    expect(theirs.status).toBe(404)
    expect(await theirs.json()).toMatchObject({ code: 'NotFound' })
    const cancel = await as(rig.bob.key, `${TASKS}/${id}/cancel`, { method: 'POST' })
    expect(cancel.status).toBe(404)
    expect((await rig.gateway.calls()).filter((call) => call.path.endsWith('/cancel'))).toEqual([])
  })

  it('Tasks that were never submitted are 404 without a request to DashScope.', async () => {
    const before = (await rig.gateway.calls()).length
    expect((await as(rig.alice.key, `${TASKS}/${crypto.randomUUID()}`)).status).toBe(404)
    expect((await rig.gateway.calls()).length).toBe(before)
  })

  it('Tasks are recorded even if an endpoint returns one only on demand.', async () => {
    const id = await submit(rig.alice.key, '/api/v1/services/embeddings/text-embedding/text-embedding')
    expect((await as(rig.alice.key, `${TASKS}/${id}`)).status).toBe(200)
    expect((await as(rig.bob.key, `${TASKS}/${id}`)).status).toBe(404)
  })

  it.each(['', '/'])(
    'Lists have only the caller’s own tasks (%s), page by page, without those of the account.',
    async (slash) => {
      const carol = await rig.gateway.issueKey({ name: 'carol' })
      const own = [await submit(carol.key), await submit(carol.key), await submit(carol.key)]
      await submit(rig.bob.key)
      const page = async (number: number) =>
        json<{ data: { task_id: string }[] }>(
          await as(carol.key, `${TASKS}${slash}?page_no=${number}&page_size=2`),
        )
      const [first, second] = [await page(1), await page(2)]
      expect(first).toMatchObject({ total: 3, total_page: 2, page_no: 1, page_size: 2 })
      const listed = [...first.data, ...second.data]
      expect(new Set(listed.map((row) => row.task_id))).toEqual(new Set(own))
      for (const row of listed) {
        expect(Object.keys(row)).not.toEqual(
          expect.arrayContaining([expect.stringMatching(/api_key_id|caller_/)]),
        )
      }
      expect(await json(await as((await rig.gateway.issueKey()).key, TASKS))).toMatchObject({
        total: 0,
        data: [],
      })
    },
  )
})
