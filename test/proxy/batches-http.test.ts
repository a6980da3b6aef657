import { beforeAll, describe, expect, it } from 'vitest'
import { json, until } from '../harness/caller.ts'
import { OPERATOR } from '../jobs/rig.ts'
import { BATCHES, type Batch, useBatches } from './batch-rig.ts'
import { FILES, line } from './upload-rig.ts'

const { rig, upload, create, created, ended } = useBatches()
let bob = ''
beforeAll(async () => {
  bob = (await rig.gateway.issueKey({ name: 'bob' })).key
})

describe('a batch', () => {
  it('A batch runs the lines of a file, and its results belong to the key that made it.', async () => {
    const file = await upload(rig.key, line('1') + line('2'))
    const made = await created(rig.key, file, { metadata: { ds_name: 'nightly' } })
    expect(made).toMatchObject({ object: 'batch', status: 'validating', input_file_id: file })
    const { output_file_id: output, request_counts } = await ended(rig.key, made.id)
    expect(request_counts).toEqual({ total: 2, completed: 2, failed: 0 })
    const content = await rig.ask('GET', `${FILES}/${output}/content`)
    expect(
      (await content.text())
        .trim()
        .split('\n')
        .map((each) => JSON.parse(each).custom_id),
    ).toEqual(['1', '2'])
    const unknown = await rig.askAs(bob, 'GET', `${BATCHES}/batch_00000000-0000-4000-8000-000000000000`)
    expect(unknown.status).toBe(404)
    for (const [method, path] of [
      ['GET', `${BATCHES}/${made.id}`],
      ['POST', `${BATCHES}/${made.id}/cancel`],
      ['GET', `${FILES}/${output}`],
      ['GET', `${FILES}/${output}/content`],
      ['DELETE', `${FILES}/${output}`],
    ] as const) {
      const theirs = await rig.askAs(bob, method, path)
      expect(theirs.status, path).toBe(404)
      expect(await theirs.json()).toMatchObject({ error: { code: 'not_found' } })
    }
  })

  it('For another key the response is byte for byte that of an unknown batch.', async () => {
    const { id } = await created(rig.key, await upload(rig.key, line('1')))
    const other = id.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    const texts = await Promise.all(
      [id, other].map(async (each) => {
        const text = await (await rig.askAs(bob, 'GET', `${BATCHES}/${each}`)).text()
        return text.replaceAll(each, 'ID').replace(/"request_id":"[^"]*"/, '')
      }),
    )
    expect(texts[0]).toBe(texts[1])
  })

  it('A batch is listed to its own key only, newest first, page by page.', async () => {
    const carol = await rig.gateway.issueKey({ name: 'carol' })
    const file = await upload(carol.key, line('1'))
    const ids: string[] = []
    for (const name of ['a', 'b', 'c'])
      ids.push((await created(carol.key, file, { metadata: { ds_name: name } })).id)
    await created(bob, await upload(bob, line('1')))
    const list = async (query: string) =>
      json<{ data: Batch[] }>(await rig.askAs(carol.key, 'GET', `${BATCHES}${query}`))
    const first = await list('?limit=2')
    expect(first.data.map(({ id }) => id)).toEqual([ids[2], ids[1]])
    expect(first).toMatchObject({ object: 'list', has_more: true, first_id: ids[2], last_id: ids[1] })
    const rest = await list(`?limit=2&after=${ids[1]}`)
    expect(rest).toMatchObject({ data: [{ id: ids[0] }], has_more: false, first_id: ids[0], last_id: ids[0] })
    expect((await list('?ds_name=b')).data.map(({ id }) => id)).toEqual([ids[1]])
    expect(await list('?status=expired')).toMatchObject({ data: [], first_id: null, last_id: null })
  })

  it('A batch needs a file that was checked: not of another key, of another purpose or in OSS.', async () => {
    const file = await upload(rig.key, line('1'))
    const document = await upload(rig.key, line('1'), 'file-extract')
    const theirs = await create(bob, file)
    const unknown = await create(bob, 'file-batch-0')
    expect([theirs.status, unknown.status]).toEqual([404, 404])
    const refused = await create(rig.key, document)
    expect(refused.status).toBe(400)
    expect(await refused.text()).toContain('were not checked')
    for (const address of [
      'oss://bucket/x.jsonl',
      'https://b.oss-cn-beijing.aliyuncs.com/x',
      'acs:oss:*:1:b/x',
    ])
      expect((await create(rig.key, address)).status).toBe(403)
    const twice = await rig.ask('POST', BATCHES, `{"input_file_id":"${file}","input_file_id":"file-batch-0"}`)
    expect(twice.status).toBe(400)
  })

  it('A batch cannot make DashScope call a URL of the caller.', async () => {
    const file = await upload(rig.key, line('1'))
    const response = await create(rig.key, file, {
      metadata: { ds_batch_finish_callback: 'https://x.example' },
    })
    expect(response.status).toBe(403)
    expect(await response.text()).toContain('X-Edge-Webhook')
  })

  it('A batch is refused if the rules of the key have changed since the upload.', async () => {
    const dora = await rig.gateway.issueKey({ name: 'dora' })
    const file = await upload(dora.key, line('1'))
    const changed = await rig.askAs(OPERATOR, 'PATCH', `/edge/keys/${dora.id}`, { models: ['qwen-flash'] })
    expect(changed.status).toBe(200)
    await until('the change is known', async () => (await create(dora.key, file)).status === 403)
  })
})

describe('the webhook of a batch', () => {
  it('The webhook gets one signed message when the batch has ended.', async () => {
    const { id } = await created(
      rig.key,
      await upload(rig.key, line('1')),
      {},
      { 'x-edge-webhook': `${rig.receiver.address}/batch` },
    )
    await until('the message arrives', () => rig.receiver.received().some(({ body }) => body.includes(id)))
    const [message] = rig.receiver.received().filter(({ body }) => body.includes(id))
    const payload = JSON.parse(message?.body ?? '')
    expect(payload).toMatchObject({
      type: 'batch.completed',
      data: { id, batch: { id, status: 'completed' } },
    })
    expect(payload.data.usage.output).toBeGreaterThan(0)
    expect(message?.headers['webhook-id']).toBe(`msg_${id}_batch.completed`)
    expect(message?.headers['webhook-signature']).toMatch(/^v1,/)
  })

  it('The webhook is refused for events that batches do not have, and for endpoints that the key does not have.', async () => {
    const file = await upload(rig.key, line('1'))
    for (const webhook of [`${rig.receiver.address}/batch;events=job.succeeded`, 'ep_unknown']) {
      expect((await create(rig.key, file, {}, { 'x-edge-webhook': webhook })).status).toBe(400)
    }
  })
})
