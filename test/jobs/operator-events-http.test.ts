import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Receiver, startReceiver } from '../../emulator/stand-ins/receiver.ts'
import type { EndpointRecord } from '../../src/jobs/ledger/endpoints-table.ts'
import { json, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { json as answering } from '../harness/plain-upstream.ts'
import { hangUp, useRegions } from '../regions/rig.ts'
import { OPERATOR, useJobs } from './rig.ts'

/** A breaker lets a request try the region again after five seconds. */
const BREAKER_MS = 5100

interface OperatorMessage {
  type: string
  data: Record<string, unknown>
}

function messagesAt(receiver: Receiver, path: string): OperatorMessage[] {
  return receiver.received(path).map(({ body }) => JSON.parse(body) as OperatorMessage)
}

describe('the endpoints of the operator', () => {
  const rig = useJobs()

  const subscribe = async (path: string, event: string) => {
    const endpoint = { url: rig.receiver.address + path, events: [event] }
    const response = await rig.askAs(OPERATOR, 'POST', '/edge/jobs/endpoints', endpoint)
    expect(response.status).toBe(201)
  }

  it('The event key.expiring reports keys that expire within a week.', async () => {
    const expires_at = new Date(Date.now() + 3 * 86_400_000).toISOString()
    const { id } = await rig.gateway.issueKey({ name: 'expiring', expires_at })
    await rig.gateway.issueKey({ expires_at: new Date(Date.now() + 30 * 86_400_000).toISOString() })
    await subscribe('/expiring', 'key.expiring')
    await until('the event has come', () => rig.receiver.received('/expiring').length > 0)
    expect(messagesAt(rig.receiver, '/expiring')).toMatchObject([
      { type: 'key.expiring', data: { key: id, name: 'expiring' } },
    ])
  })

  it('The events endpoint.disabled and delivery.dead report an endpoint that was switched off and its dead message.', async () => {
    await subscribe('/disabled', 'endpoint.disabled')
    await subscribe('/dead', 'delivery.dead')
    const url = `${rig.receiver.address}/gone/endpoint`
    const { id } = await json<EndpointRecord>(await rig.ask('POST', '/edge/jobs/endpoints', { url }))
    const job = await rig.submit({ 'x-edge-webhook': id })
    await until('both events have come', () =>
      ['/disabled', '/dead'].every((path) => rig.receiver.received(path).length > 0),
    )
    expect(messagesAt(rig.receiver, '/disabled')).toMatchObject([
      {
        type: 'endpoint.disabled',
        data: { key: rig.keyId, endpoint: id, url, reason: 'The receiver answered 410.' },
      },
    ])
    expect(messagesAt(rig.receiver, '/dead')).toMatchObject([
      { type: 'delivery.dead', data: { key: rig.keyId, job: job.id, event: 'job.succeeded', tries: 1 } },
    ])
  })

  it('An endpoint that fails is not notified of its own dead messages.', async () => {
    await subscribe('/gone/operator', 'delivery.dead')
    const { id } = await rig.submit({ 'x-edge-webhook': `${rig.receiver.address}/gone/again` })
    await rig.webhookIs(id, 'dead')
    const dead = async () => {
      const response = await rig.askAs(OPERATOR, 'GET', '/edge/jobs/deliveries?status=dead')
      return (await json<{ data: { event: string }[] }>(response)).data
    }
    await until('the report is dead', async () => (await dead()).length === 1)
    expect((await dead()).map(({ event }) => event)).toEqual(['delivery.dead'])
  })
})

describe('a region that fails', () => {
  const rig = useRegions({ WEBHOOK_ALLOW_LOOPBACK: 'on' })
  let receiver: Receiver
  beforeAll(async () => {
    receiver = await startReceiver()
  })
  afterAll(() => receiver.stop())

  it('The events region.down and region.up report a failing region once, and once more when it responds again.', async () => {
    await fetch(`${rig.gateway.address}/edge/jobs/endpoints`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: `${receiver.address}/regions`, events: ['region.down', 'region.up'] }),
    })
    const reported = () => messagesAt(receiver, '/regions').map(({ type, data }) => [type, data.region])
    rig.beijing.answer(hangUp)
    for (let request = 0; request < 8; request++) expect((await rig.post()).status).toBe(200)
    await until('the region is down', () => reported().length > 0)
    expect(reported()).toEqual([['region.down', 'beijing']])
    rig.beijing.answer(answering('{"output":{"text":"back"}}'))
    await new Promise((resolve) => setTimeout(resolve, BREAKER_MS))
    for (let request = 0; request < 2; request++) await rig.post()
    await until('the region is up', () => reported().length > 1)
    expect(reported()).toEqual([
      ['region.down', 'beijing'],
      ['region.up', 'beijing'],
    ])
  })
})
