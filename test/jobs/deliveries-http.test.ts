import OpenAI from 'openai'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DeliveryRecord } from '../../src/jobs/ledger/deliveries-table.ts'
import { CHAT, chatBody, json, until } from '../harness/caller.ts'
import { useDeliveries } from './delivery-rig.ts'
import { ASYNC } from './rig.ts'

const { rig, toReceiver, deliveriesOf, secrets } = useDeliveries()

describe('test 6: the delivery of a message', () => {
  it('The official verifiers accept the signature.', async () => {
    const { id } = await rig.submit(toReceiver('/signed'))
    await rig.webhookIs(id, 'delivered')
    const [message] = rig.receiver.received('/signed')
    if (!message) throw new Error('Nothing was delivered.')
    const [secret = ''] = await secrets()
    expect(new Webhook(secret).verify(message.body, message.headers)).toMatchObject({
      type: 'job.succeeded',
      data: { id, status: 'succeeded', response: { choices: [{}] }, truncated: false },
    })
    expect(() => new SvixWebhook(secret).verify(message.body, message.headers)).not.toThrow()
    const { webhooks } = new OpenAI({ apiKey: 'sk-x' })
    await expect(webhooks.unwrap(message.body, message.headers, secret)).resolves.toMatchObject({
      type: 'job.succeeded',
    })
    expect(message.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^dashscope-edge\//),
      'webhook-id': `msg_${id}_job.succeeded`,
      'x-edge-attempt': '1',
    })
  })

  it.each([
    ['a receiver that fails once', '/flaky', [500, 200]],
    ['a receiver that asks for a second', '/busy', [503, 200]],
    ['an answer of 4 MB', '/huge', [200]],
  ])('The message reaches %s', async (_, path, statuses) => {
    const { id } = await rig.submit(toReceiver(path))
    await rig.webhookIs(id, 'delivered')
    const [delivery] = await deliveriesOf(id)
    expect(delivery?.tries.map(({ status }) => status)).toEqual(statuses)
    const ids = rig.receiver.received(path).map(({ headers }) => headers['webhook-id'])
    expect(new Set(ids).size).toBe(1)
    expect(delivery?.tries.every(({ answer: response }) => response.length <= 1024)).toBe(true)
  })

  it('Only the subscribed events are sent, in their order.', async () => {
    const filtered = await rig.submit({ 'x-edge-webhook': `${rig.receiver.address}/none;events=job.failed` })
    const started = await rig.submit({
      'x-edge-webhook': `${rig.receiver.address}/both;events=job.started,job.succeeded`,
    })
    await rig.webhookIs(started.id, 'delivered')
    const types = rig.receiver.received('/both').map(({ body }) => JSON.parse(body).type)
    expect(types).toEqual(['job.started', 'job.succeeded'])
    expect((await rig.ended(filtered.id)).webhook?.status).toBe('none')
  })
})

describe('test 6: a message that cannot be delivered', () => {
  const receivers = [
    ['a receiver that answers 410', '/gone', 1, /410/],
    ['a receiver that redirects', '/redirect', 3, /redirect to http:\/\/127\.0\.0\.1:1\/elsewhere/],
    ['a receiver that never answers', '/slow', 3, /did not answer within 2000 ms/],
    ['a receiver that drops connections', '/drop', 3, /could not be reached/],
    ['a receiver that fails', '/fails', 3, /answered 500/],
  ] as const
  const submitted = new Map<string, { key: string; id: string }>()

  // All messages are sent at once, because their attempts mostly wait.
  beforeAll(async () => {
    for (const [, path] of receivers) {
      rig.key = (await rig.gateway.issueKey()).key
      submitted.set(path, { key: rig.key, id: (await rig.submit(toReceiver(path))).id })
    }
  })

  it.each(receivers)(
    'The message is dead after the last attempt to reach %s',
    async (_, path, tries, error) => {
      const { key = '', id = '' } = submitted.get(path) ?? {}
      rig.key = key
      expect((await rig.webhookIs(id, 'dead')).webhook).toMatchObject({ tries, next_at: null })
      const [delivery] = await deliveriesOf(id)
      expect(delivery?.tries).toHaveLength(tries)
      expect(delivery?.tries.at(-1)?.error).toMatch(error)
    },
  )
})

describe('the pause of a destination', () => {
  it('A destination is paused after ten failures in a row, and waiting messages use up no attempts.', async () => {
    const jobs = await Promise.all([1, 2, 3, 4, 5].map(() => rig.submit(toReceiver('/fails/often'))))
    const pending = async () => (await Promise.all(jobs.map(({ id }) => deliveriesOf(id)))).flat()
    await until(
      'ten tries have failed',
      async () => (await pending()).flatMap(({ tries }) => tries).length >= 10,
    )
    await until('the rest waits for a probe', async () =>
      (await pending()).every(
        ({ status, next_at }) => status !== 'pending' || Date.parse(next_at ?? '') > Date.now() + 20_000,
      ),
    )
    const deliveries = await pending()
    const tries = deliveries.flatMap((delivery) => delivery.tries).length
    expect(tries).toBeLessThan(15)
    expect(deliveries.some(({ status }) => status === 'pending')).toBe(true)
  })
})

describe('redelivery', () => {
  it('One message is sent again with the same id, a new time and one more attempt.', async () => {
    const { id } = await rig.submit(toReceiver('/again'))
    await rig.webhookIs(id, 'delivered')
    const [delivery] = await deliveriesOf(id)
    // The time that is signed has seconds.
    const sentSeconds = Number(rig.receiver.received('/again')[0]?.headers['webhook-timestamp'])
    await until('another second has begun', () => Date.now() >= 1000 * (sentSeconds + 1))
    const response = await rig.ask('POST', `/edge/jobs/deliveries/${delivery?.id}/redeliver`)
    expect(response.status).toBe(202)
    await until('it was sent again', () => rig.receiver.received('/again').length === 2)
    const [first, second] = rig.receiver.received('/again').map(({ headers }) => headers)
    expect(second?.['webhook-id']).toBe(first?.['webhook-id'])
    expect(second?.['x-edge-attempt']).toBe('2')
    expect(Number(second?.['webhook-timestamp'])).toBeGreaterThan(sentSeconds)
    expect(second?.['webhook-signature']).not.toBe(first?.['webhook-signature'])
  })

  it('All dead messages since a time are sent, each with one attempt.', async () => {
    const { key } = await rig.gateway.issueKey()
    const since = new Date().toISOString()
    const ask = (method: string, path: string, body?: unknown) => rig.askAs(key, method, path, body)
    const headers = { ...ASYNC, ...toReceiver('/gone/all') }
    await Promise.all([1, 2].map(() => rig.askAs(key, 'POST', CHAT, chatBody('qwen-plus', 'x'), headers)))
    const dead = async () =>
      (await json<{ data: DeliveryRecord[] }>(await ask('GET', '/edge/jobs/deliveries?status=dead'))).data
    await until('both are dead', async () => (await dead()).length === 2)
    const response = await ask('POST', '/edge/jobs/deliveries/redeliver', { status: 'dead', since })
    expect([response.status, await json(response)]).toEqual([202, { count: 2 }])
    await until(
      'both were tried again',
      async () => (await dead()).filter(({ tries }) => tries.length === 2).length === 2,
    )
  })
})

describe('cancelling, retrying and deleting', () => {
  it('A running job is cancelled, and then has no response.', async () => {
    const { id } = await rig.submit(toReceiver('/canceled'), chatBody('fault-slow-2000', 'x'))
    const canceled = await rig.ask('POST', `/edge/jobs/${id}/cancel`)
    expect([canceled.status, await json(canceled)]).toMatchObject([200, { status: 'canceled' }])
    expect((await rig.ask('POST', `/edge/jobs/${id}/cancel`)).status).toBe(409)
    expect((await rig.ask('GET', `/edge/jobs/${id}/response`)).status).toBe(409)
    await rig.webhookIs(id, 'delivered')
    expect(JSON.parse(rig.receiver.received('/canceled')[0]?.body ?? '{}')).toMatchObject({
      type: 'job.canceled',
    })
  })

  it('A failed job runs again under the same id, with messages of its own.', async () => {
    const { id } = await rig.submit(
      toReceiver('/retried'),
      chatBody('fault-once-status-400-InvalidParameter', 'x'),
    )
    expect(await rig.ended(id)).toMatchObject({
      status: 'failed',
      error: { code: 'invalid_parameter_error' },
    })
    const again = await rig.ask('POST', `/edge/jobs/${id}/retry`)
    expect(again.status).toBe(202)
    await until(
      'the second run has ended',
      async () => (await json(await rig.ask('GET', `/edge/jobs/${id}`))).status === 'succeeded',
    )
    await until('both messages have come', () => rig.receiver.received('/retried').length === 2)
    const ids = rig.receiver.received('/retried').map(({ headers }) => headers['webhook-id'])
    expect(ids).toEqual([`msg_${id}_job.failed`, `msg_${id}_job.succeeded_2`])
    expect((await rig.ask('POST', `/edge/jobs/${id}/retry`)).status).toBe(409)
  })

  it('A job that has ended is deleted with its bodies and messages.', async () => {
    const { id } = await rig.submit(toReceiver('/deleted'))
    await rig.webhookIs(id, 'delivered')
    expect((await rig.ask('DELETE', `/edge/jobs/${id}`)).status).toBe(204)
    expect((await rig.ask('GET', `/edge/jobs/${id}`)).status).toBe(404)
    expect(await deliveriesOf(id)).toEqual([])
  })
})
