import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import type { DeliveryRecord } from '../../src/jobs/ledger/deliveries-table.ts'
import { CHAT, chatBody, json, until } from '../harness/caller.ts'
import { useDeliveries } from './delivery-rig.ts'
import { ASYNC, OPERATOR } from './rig.ts'

const { rig, toReceiver, secrets, makeEndpoint } = useDeliveries()

describe('test 7: secrets', () => {
  it('Secrets overlap after a rotation, and end at once without an overlap.', async () => {
    const endpoint = await makeEndpoint('/rotated')
    const path = `/edge/jobs/endpoints/${endpoint.id}/secret`
    const [old] = await secrets(path)
    await rig.ask('POST', `${path}/rotate`)
    expect(await secrets(path)).toHaveLength(2)
    await rig.ask('POST', `/edge/jobs/endpoints/${endpoint.id}/test`)
    await until('the test has come', () => rig.receiver.received('/rotated').length === 1)
    const [message] = rig.receiver.received('/rotated')
    expect(message?.headers['webhook-signature']?.split(' ')).toHaveLength(2)
    for (const secret of await secrets(path)) {
      expect(new Webhook(secret).verify(message?.body ?? '', message?.headers ?? {})).toMatchObject({
        type: 'edge.test',
      })
    }
    await rig.ask('POST', `${path}/rotate`, { overlap_seconds: 0 })
    const left = await secrets(path)
    expect(left).toHaveLength(1)
    expect(left).not.toContain(old)
  })

  it('test 17: Secrets appear in no listing.', async () => {
    await makeEndpoint('/secretive')
    const texts = await Promise.all(
      ['/edge/jobs', '/edge/jobs/deliveries', '/edge/jobs/endpoints'].map(async (path) =>
        (await rig.ask('GET', path)).text(),
      ),
    )
    expect(texts.join()).not.toContain('whsec_')
    expect(texts.join()).not.toContain(rig.gateway.apiKey)
  })
})

describe('webhook endpoints', () => {
  it('Endpoints receive the events of jobs that name them, and thin ones get no response body.', async () => {
    const { id: endpoint } = await makeEndpoint('/thin', { payload: 'thin' })
    const { id } = await rig.submit({ 'x-edge-webhook': endpoint })
    expect((await rig.webhookIs(id, 'delivered')).webhook).toMatchObject({ endpoint })
    const { data } = JSON.parse(rig.receiver.received('/thin')[0]?.body ?? '{}')
    expect(data).not.toHaveProperty('response')
    expect(data.response_url).toBe(`${rig.gateway.address}/edge/jobs/${id}/response`)
  })

  it('A 410 switches an endpoint off, and its messages stay dead letters until it is on again.', async () => {
    const { id: endpoint } = await makeEndpoint('/gone/endpoint')
    const first = await rig.submit({ 'x-edge-webhook': endpoint })
    await rig.webhookIs(first.id, 'dead')
    expect(await json(await rig.ask('GET', `/edge/jobs/endpoints/${endpoint}`))).toMatchObject({
      disabled: true,
    })
    const second = await rig.submit({ 'x-edge-webhook': endpoint })
    await rig.webhookIs(second.id, 'dead')
    await rig.ask('PATCH', `/edge/jobs/endpoints/${endpoint}`, {
      disabled: false,
      url: `${rig.receiver.address}/healed`,
    })
    const { data } = await json<{ data: DeliveryRecord[] }>(
      await rig.ask('GET', `/edge/jobs/deliveries?job=${second.id}`),
    )
    await rig.ask('POST', `/edge/jobs/deliveries/${data[0]?.id}/redeliver`)
    await rig.webhookIs(second.id, 'delivered')
    expect(rig.receiver.received('/healed')).toHaveLength(1)
  })

  it.each([
    ['an unknown event', { url: 'https://a.example/', events: ['job.done'] }],
    ['no events', { url: 'https://a.example/', events: [] }],
    ['a private host', { url: 'https://192.168.0.1/' }],
    ['an unknown field', { url: 'https://a.example/', secret: 'x' }],
  ])('An endpoint with %s is refused.', async (_, body) => {
    expect((await rig.ask('POST', '/edge/jobs/endpoints', body)).status).toBe(400)
  })

  it('Endpoints of another key do not exist.', async () => {
    const { id } = await makeEndpoint('/foreign')
    const { key } = await rig.gateway.issueKey()
    const job = await rig.askAs(key, 'POST', CHAT, chatBody('qwen-plus', 'x'), {
      ...ASYNC,
      'x-edge-webhook': id,
    })
    expect(job.status).toBe(400)
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/test'],
      ['GET', '/secret'],
      ['POST', '/secret/rotate'],
    ] as const) {
      const response = await rig.askAs(
        key,
        method,
        `/edge/jobs/endpoints/${id}${path}`,
        method === 'PATCH' ? {} : undefined,
      )
      expect(response.status, method + path).toBe(404)
    }
  })

  it('Endpoints of the operator are notified of dead messages.', async () => {
    const response = await rig.askAs(OPERATOR, 'POST', '/edge/jobs/endpoints', {
      url: `${rig.receiver.address}/operator`,
      events: ['delivery.dead'],
    })
    expect(response.status).toBe(201)
    const { id } = await rig.submit(toReceiver('/gone/told'))
    const told = () => rig.receiver.received('/operator').map(({ body }) => JSON.parse(body))
    await until('the operator got the event', () => told().some(({ data }) => data.job === id))
    expect(told().find(({ data }) => data.job === id)).toMatchObject({
      type: 'delivery.dead',
      data: { event: 'job.succeeded' },
    })
  })
})
