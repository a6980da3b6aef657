import { beforeAll, describe, expect, it } from 'vitest'
import { json, until } from '../harness/caller.ts'
import { OPERATOR, useJobs } from '../jobs/rig.ts'
import { type UsageRow, usageReport } from '../meter/over-http/rig.ts'
import { BOUNDARY, FILES, form, line, part } from './upload-rig.ts'

const BATCHES = '/compatible-mode/v1/batches'

interface Batch {
  id: string
  status: string
  output_file_id: string | null
  error_file_id: string | null
  request_counts: { total: number; completed: number; failed: number }
}

const rig = useJobs()
let bob = ''
beforeAll(async () => {
  bob = (await rig.gateway.issueKey({ name: 'bob' })).key
})

/** Uploads lines as a batch file and returns its id. */
async function upload(key: string, lines: string, purpose = 'batch'): Promise<string> {
  const response = await fetch(rig.gateway.address + FILES, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body: form(part('purpose', purpose), part('file', lines, 'requests.jsonl')),
  })
  expect(response.status).toBe(200)
  return (await json<{ id: string }>(response)).id
}

function create(
  key: string,
  file: string,
  more: object = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = { input_file_id: file, endpoint: '/v1/chat/completions', completion_window: '24h', ...more }
  return rig.askAs(key, 'POST', BATCHES, body, headers)
}

async function created(
  key: string,
  file: string,
  more: object = {},
  headers: Record<string, string> = {},
): Promise<Batch> {
  const response = await create(key, file, more, headers)
  expect(response.status, await response.clone().text()).toBe(200)
  return json<Batch>(response)
}

async function batchOf(key: string, id: string): Promise<Batch> {
  return json<Batch>(await rig.askAs(key, 'GET', `${BATCHES}/${id}`))
}

async function ended(key: string, id: string): Promise<Batch> {
  await until(`${id} has ended`, async () => (await batchOf(key, id)).status === 'completed')
  return batchOf(key, id)
}

async function usageOf(id: string): Promise<UsageRow | undefined> {
  return (await usageReport(rig.gateway, `key=${id}&group_by=key`)).rows[0]
}

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

describe('the bill of a batch', () => {
  it('The bill is the estimate until the batch has ended, and then what its output says, once.', async () => {
    const erin = await rig.gateway.issueKey({ name: 'erin' })
    const file = await upload(erin.key, line('1', { max_tokens: 1000 }) + line('2', { max_tokens: 1000 }))
    const { id } = await created(erin.key, file)
    await until('the estimate is charged', async () => (await usageOf(erin.id))?.output_tokens === 2000)
    const { output_file_id: output } = await ended(erin.key, id)
    const text = await (await rig.askAs(erin.key, 'GET', `${FILES}/${output}/content`)).text()
    const used = text
      .trim()
      .split('\n')
      .map((each) => JSON.parse(each).response.body.usage)
    const tokens = used.reduce((sum, each) => sum + each.completion_tokens, 0)
    await until('the usage is settled', async () => (await usageOf(erin.id))?.output_tokens === tokens)
    const usage = await usageOf(erin.id)
    expect(usage?.input_tokens).toBe(used.reduce((sum, each) => sum + each.prompt_tokens, 0))
    // qwen-plus in Beijing: 0.8 and 2 CNY per million tokens, half of it in a batch.
    const money = ((usage?.input_tokens ?? 0) * 0.8 + tokens * 2) / 1e6 / 2
    expect(usage?.money).toBeCloseTo(money, 9)
    await batchOf(erin.key, id)
    expect((await usageOf(erin.id))?.output_tokens).toBe(tokens)
  })

  it('The bill is settled even if no client asks for the batch.', async () => {
    const fred = await rig.gateway.issueKey({ name: 'fred' })
    await created(fred.key, await upload(fred.key, line('1', { max_tokens: 5000 })))
    await until('the poller has seen its end', async () => {
      const output_tokens = (await usageOf(fred.id))?.output_tokens ?? 5000
      return output_tokens > 0 && output_tokens < 5000
    })
  })

  it('The bill of a cancelled batch has the part that was done.', async () => {
    const gina = await rig.gateway.issueKey({ name: 'gina' })
    const lines = ['1', '2', '3', '4'].map((id) => line(id, { max_tokens: 1000 })).join('')
    const { id } = await created(gina.key, await upload(gina.key, lines), {
      metadata: { ds_name: 'pending-60000' },
    })
    const canceled = await rig.askAs(gina.key, 'POST', `${BATCHES}/${id}/cancel`)
    expect(await canceled.json()).toMatchObject({ status: 'cancelling' })
    const { output_file_id: output, status } = await batchOf(gina.key, id)
    expect(status).toBe('cancelled')
    const text = await (await rig.askAs(gina.key, 'GET', `${FILES}/${output}/content`)).text()
    const tokens = text
      .trim()
      .split('\n')
      .reduce((sum, each) => sum + JSON.parse(each).response.body.usage.completion_tokens, 0)
    expect(text.trim().split('\n')).toHaveLength(2)
    await until('the usage is settled', async () => (await usageOf(gina.id))?.output_tokens === tokens)
  })

  it('The bill counts against the limits of the key, except those of a minute.', async () => {
    const hal = await rig.gateway.issueKey({
      name: 'hal',
      limits: { tokens_per_day: 3000, tokens_per_minute: 100 },
    })
    const file = await upload(hal.key, line('1', { max_tokens: 2000 }))
    const { id } = await created(hal.key, file, { metadata: { ds_name: 'pending-60000' } })
    const second = await create(hal.key, file)
    expect(second.status).toBe(429)
    expect(await second.text()).toContain('tokens_per_day')
    await rig.askAs(hal.key, 'POST', `${BATCHES}/${id}/cancel`)
    await batchOf(hal.key, id)
    await until('what was not used is free again', async () => (await create(hal.key, file)).status === 200)
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
