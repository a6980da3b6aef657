import { describe, expect, it } from 'vitest'
import type { JobRecord } from '../../src/jobs/job.ts'
import { CHAT, chatBody, json, nativeBody, SSE, TEXT, until } from '../harness/caller.ts'
import { ASYNC, useJobs } from './rig.ts'

const rig = useJobs()

describe('a request with Prefer: respond-async', () => {
  it('The request is answered with 202 and the job, and the response follows.', async () => {
    const response = await rig.ask('POST', CHAT, chatBody('qwen-plus', '12*7'), {
      ...ASYNC,
      'x-edge-job-metadata': '{"order":"42"}',
    })
    const job = await json<JobRecord>(response)
    expect(response.status).toBe(202)
    expect(response.headers.get('preference-applied')).toBe('respond-async')
    expect(response.headers.get('location')).toBe(`/edge/jobs/${job.id}`)
    expect(response.headers.get('retry-after')).toBe('2')
    expect(job).toMatchObject({
      object: 'job',
      kind: 'call',
      status: 'queued',
      key: rig.keyId,
      path: CHAT,
      model: 'qwen-plus',
      metadata: { order: '42' },
      webhook: null,
      runs: 1,
    })
    expect(await rig.ended(job.id)).toMatchObject({
      status: 'succeeded',
      status_code: 200,
      usage: { input: expect.any(Number), output: expect.any(Number) },
    })
    const ofJob = await rig.ask('GET', `/edge/jobs/${job.id}/response`)
    expect(await json(ofJob)).toMatchObject({ choices: [{ message: { content: '12*7 = 84' } }] })
  })

  it('The usage is counted once.', async () => {
    const { key, id } = await rig.gateway.issueKey({ limits: { tokens_per_day: 100_000 } })
    const response = await rig.askAs(key, 'POST', CHAT, chatBody('qwen-plus', '12*7'), ASYNC)
    const job = await json<JobRecord>(response)
    expect(response.headers.get('ratelimit')).toContain('tokens_per_day')
    const usage = async () =>
      json<{ total: Record<string, number> }>(await rig.askAs(key, 'GET', `/edge/usage?key=${id}`))
    await until('usage is settled', async () => ((await usage()).total.requests ?? 0) > 0)
    const ended = await json<JobRecord>(await rig.askAs(key, 'GET', `/edge/jobs/${job.id}`))
    expect((await usage()).total).toMatchObject({
      requests: 1,
      input_tokens: ended.usage?.input,
      output_tokens: ended.usage?.output,
    })
  })

  it.each([
    ['401 for an unknown key', 'dse_x', {}, 401],
    ['400 for a body that is not valid', undefined, { body: { model: 'qwen-plus' } }, 400],
    ['403 for a model that the key may not use', undefined, { body: chatBody('forbidden', 'x') }, 403],
  ] as const)(
    'The request is refused at once with %s',
    async (_, credential, { body = chatBody('qwen-plus', 'x') }: { body?: unknown }, status) => {
      const key = credential ?? (await rig.gateway.issueKey({ models: ['qwen-*'] })).key
      expect((await rig.askAs(key, 'POST', CHAT, body, ASYNC)).status).toBe(status)
    },
  )

  it('The request is refused with 429 if a limit is reached, and with 403 if the key may have no jobs.', async () => {
    const limited = await rig.gateway.issueKey({ limits: { requests_per_minute: 1 } })
    const ask = () => rig.askAs(limited.key, 'POST', CHAT, chatBody('qwen-plus', 'x'), ASYNC)
    expect((await ask()).status).toBe(202)
    expect((await ask()).status).toBe(429)
    const jobless = await rig.gateway.issueKey({ jobs: false })
    expect((await rig.askAs(jobless.key, 'POST', CHAT, chatBody('qwen-plus', 'x'), ASYNC)).status).toBe(403)
  })

  it('The request is refused with 429 if the key has too many open jobs.', async () => {
    const { key } = await rig.gateway.issueKey({ jobs: { open: 2 } })
    const ask = () => rig.askAs(key, 'POST', CHAT, chatBody('fault-slow-3000', 'x'), ASYNC)
    const responses = [await ask(), await ask(), await ask()]
    expect(responses.map(({ status }) => status)).toEqual([202, 202, 429])
    expect(responses[2]?.headers.get('retry-after')).toBe('10')
  })

  it('A job fails with the error of DashScope.', async () => {
    const job = await rig.submit({}, chatBody('fault-status-400-InvalidParameter', 'x'))
    const ended = await rig.ended(job.id)
    expect(ended).toMatchObject({
      status: 'failed',
      error: { code: expect.any(String), message: expect.any(String) },
    })
  })

  it('A job asks for a whole response even if the caller asks for a stream.', async () => {
    const chat = await rig.submit(
      {},
      '{"stream":true, "stream_options": {"include_usage": true},"model":"qwen-plus","messages":[{"role":"user","content":"1+1"}]}',
    )
    const native = await json<JobRecord>(
      await rig.ask('POST', TEXT, nativeBody('qwen-plus', '2+2'), { ...ASYNC, ...SSE }),
    )
    expect(await rig.ended(chat.id)).toMatchObject({ status: 'succeeded' })
    expect(await rig.ended(native.id)).toMatchObject({ status: 'succeeded' })
    const ofJobs = await Promise.all(
      [chat, native].map(({ id }) => rig.ask('GET', `/edge/jobs/${id}/response`)),
    )
    expect(ofJobs.map(({ headers }) => headers.get('content-type'))).toEqual([
      'application/json',
      'application/json',
    ])
    const bodies = (await rig.gateway.calls()).map(({ body }) => body)
    expect(bodies).toContain(
      '{"stream":false, "stream_options": null,"model":"qwen-plus","messages":[{"role":"user","content":"1+1"}]}',
    )
  })

  it('The stream of a model that only streams is aggregated.', async () => {
    const job = await rig.submit({}, chatBody('qwq-plus', '3*3'))
    expect(await rig.ended(job.id)).toMatchObject({ status: 'succeeded' })
    const ofJob = await json(await rig.ask('GET', `/edge/jobs/${job.id}/response`))
    expect(ofJob).toMatchObject({ object: 'chat.completion' })
  })
})

describe('test 12: bytes of a job', () => {
  it('The bytes reach DashScope and come back unchanged.', async () => {
    const body =
      '{ "model":"qwen-plus",  "seed": 9007199254740993, "messages":[{"role":"user","content":"\\u4f60好"}] }'
    const { id } = await rig.submit({ 'x-edge-webhook': `${rig.receiver.address}/bytes` }, body)
    await rig.webhookIs(id, 'delivered')
    expect((await rig.gateway.calls()).map((call) => call.body)).toContain(body)
    const ofJob = await (await rig.ask('GET', `/edge/jobs/${id}/response`)).text()
    const [message] = rig.receiver.received('/bytes')
    expect(message?.body).toContain(`,"response":${ofJob},"truncated":false,`)
  })

  it('The body in POST /edge/jobs is cut out of the text unchanged.', async () => {
    const inner =
      '{"model" : "qwen-plus","messages":[{"role":"user","content":"1.0"}], "seed":9007199254740993}'
    const framed = `{"metadata":{"a":"b"},"request":{"path":"${CHAT}","body":${inner} ,"headers":{}}}`
    const response = await rig.ask('POST', '/edge/jobs', framed)
    expect(response.status).toBe(202)
    const job = await json<JobRecord>(response)
    expect(await rig.ended(job.id)).toMatchObject({ status: 'succeeded', metadata: { a: 'b' } })
    expect((await rig.gateway.calls()).map((call) => call.body)).toContain(inner)
  })
})

describe('POST /edge/jobs', () => {
  it.each([
    ['x-dashscope-plugin', 'a\r\nauthorization: x'],
    ['x-dashscope-plugin', 'a\u0000'],
    ['x-dashscope plugin', 'a'],
    ['', 'a'],
  ])(
    'A header that no request can have is refused, so that it is not taken for an outage: %j',
    async (name, value) => {
      const request = { path: CHAT, body: chatBody('qwen-plus', 'hello'), headers: { [name]: value } }
      const response = await rig.ask('POST', '/edge/jobs', { request })
      expect(response.status).toBe(400)
      expect(await json(response)).toMatchObject({ message: expect.stringContaining('request.headers') })
    },
  )

  it.each([
    ['a path outside the endpoint table', { request: { path: '/edge/keys', body: {} } }, 400],
    ['a path on another host', { request: { path: '//evil.example/x', body: {} } }, 400],
    [
      'a credential among the headers',
      { request: { path: CHAT, headers: { Authorization: 'x' }, body: {} } },
      400,
    ],
    ['neither a request nor a task', {}, 400],
    ['an unknown field', { request: { path: CHAT, body: {} }, webhooks: 'x' }, 400],
    ['a body that is not valid', { request: { path: CHAT, body: { model: 'qwen-plus' } } }, 400],
    ['a task of another key', { task_id: '0385dc79-5ff8-4d82-bcb6-000000000000' }, 404],
    [
      'a webhook to a private host',
      { request: { path: CHAT, body: chatBody('qwen-plus', 'x') }, webhook: 'https://10.0.0.1/' },
      400,
    ],
  ])('POST /edge/jobs refuses %s', async (_, body, status) => {
    expect((await rig.ask('POST', '/edge/jobs', body)).status).toBe(status)
  })
})

describe('test 11: Idempotency-Key', () => {
  const ask = (key: string, text: string) =>
    rig.ask('POST', CHAT, chatBody('qwen-plus', text), { ...ASYNC, 'idempotency-key': key })

  it('The same request gets the same job, and another request gets 422.', async () => {
    const first = await json<JobRecord>(await ask('one', 'a'))
    const again = await ask('one', 'a')
    expect(again.status).toBe(202)
    expect((await json<JobRecord>(again)).id).toBe(first.id)
    const other = await ask('one', 'b')
    expect(other.status).toBe(422)
    expect(await json(other)).toMatchObject({ error: { code: 'idempotency_mismatch' } })
    expect((await json<JobRecord>(await ask('two', 'b'))).id).not.toBe(first.id)
  })

  it('Fifty requests at once create one job.', async () => {
    const responses = await Promise.all(Array.from({ length: 50 }, () => ask('many', 'a')))
    const jobs = await Promise.all(responses.map((response) => json<JobRecord>(response)))
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1)
  })
})

describe('test 10: jobs of another key', () => {
  it('They get the same 404 at every route.', async () => {
    const { id } = await rig.submit({ 'x-edge-webhook': `${rig.receiver.address}/mine` })
    await rig.webhookIs(id, 'delivered')
    const { data } = await json<{ data: { id: string }[] }>(
      await rig.ask('GET', `/edge/jobs/deliveries?job=${id}`),
    )
    const other = await rig.gateway.issueKey()
    const asks: [string, string][] = [
      ['GET', `/edge/jobs/ID`],
      ['GET', `/edge/jobs/ID/response`],
      ['POST', `/edge/jobs/ID/cancel`],
      ['POST', `/edge/jobs/ID/retry`],
      ['DELETE', `/edge/jobs/ID`],
    ]
    const paths = [
      ...asks.map(([method, path]) => ({ method, path, id, none: 'job_0000000000000000000000' })),
      { method: 'POST', path: '/edge/jobs/deliveries/ID/redeliver', id: data[0]?.id ?? '', none: 'dlv_0' },
    ]
    for (const { method, path, id: own, none } of paths) {
      const foreign = await rig.askAs(other.key, method, path.replace('ID', own))
      const unknown = await rig.askAs(other.key, method, path.replace('ID', none))
      expect([foreign.status, unknown.status], path).toEqual([404, 404])
      const bodies = [await json(foreign), await json(unknown)].map((body) => ({ ...body, request_id: '' }))
      expect(bodies[0], path).toEqual(bodies[1])
    }
    expect(await json(await rig.askAs(other.key, 'GET', '/edge/jobs'))).toEqual({ data: [], next: null })
  })
})
