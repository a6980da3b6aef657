import { beforeAll, describe, expect, it } from 'vitest'
import { JOB_ADDRESSES } from '../../src/edge/jobs/addresses.ts'
import type { JobRecord } from '../../src/jobs/job.ts'
import type { DeliveryRecord } from '../../src/jobs/ledger/deliveries-table.ts'
import type { EndpointRecord } from '../../src/jobs/ledger/endpoints-table.ts'
import { json } from '../harness/caller.ts'
import { useJobs } from './rig.ts'

const rig = useJobs()

/** Ids of one key, and another key that asks for them. */
let own: { job: string; dlv: string; ep: string }
let other: string

beforeAll(async () => {
  const { id } = await rig.submit({ 'x-edge-webhook': `${rig.receiver.address}/mine` })
  await rig.webhookIs(id, 'delivered')
  const deliveries = await json<{ data: DeliveryRecord[] }>(await rig.ask('GET', '/edge/jobs/deliveries'))
  const endpoint = { url: `${rig.receiver.address}/endpoint` }
  const { id: ep } = await json<EndpointRecord>(await rig.ask('POST', '/edge/jobs/endpoints', endpoint))
  own = { job: id, dlv: deliveries.data[0]?.id ?? '', ep }
  other = (await rig.gateway.issueKey()).key
})

/** Every address with an id of a job, a delivery or an endpoint. */
const ADDRESSES = [
  ['GET', '/edge/jobs/:job'],
  ['DELETE', '/edge/jobs/:job'],
  ['GET', '/edge/jobs/:job/response'],
  ['POST', '/edge/jobs/:job/cancel'],
  ['POST', '/edge/jobs/:job/retry'],
  ['POST', '/edge/jobs/deliveries/:dlv/redeliver'],
  ['GET', '/edge/jobs/endpoints/:ep'],
  ['PATCH', '/edge/jobs/endpoints/:ep'],
  ['DELETE', '/edge/jobs/endpoints/:ep'],
  ['POST', '/edge/jobs/endpoints/:ep/test'],
  ['GET', '/edge/jobs/endpoints/:ep/secret'],
  ['POST', '/edge/jobs/endpoints/:ep/secret/rotate'],
] as const

/** Every address with an id, and its methods, as the gateway serves them. */
const SERVED = JOB_ADDRESSES.filter(({ path }) => path.includes(':id')).flatMap(({ path, methods }) =>
  Object.keys(methods).map((method) => `${method} /edge${path}`),
)

it('Acceptance test 10: The table of this test has every address of jobs, deliveries and endpoints.', () => {
  const tested = ADDRESSES.map(([method, path]) => `${method} ${path.replace(/:(?:job|dlv|ep)/, ':id')}`)
  expect(tested.toSorted()).toEqual(SERVED.toSorted())
})

describe('Acceptance test 10: resources of another key', () => {
  it.each(ADDRESSES)('%s %s gets the same 404 as an unknown id.', async (method, address) => {
    const kind = /:(\w+)/.exec(address)?.[1] as keyof typeof own
    const ask = async (id: string) => {
      const path = address.replace(`:${kind}`, id)
      const response = await rig.askAs(
        other,
        method,
        path,
        method === 'PATCH' ? { disabled: true } : undefined,
      )
      const { request_id: _, ...rest } = await json(response)
      return [response.status, rest]
    }
    const [foreign, unknown] = [await ask(own[kind]), await ask(`${kind}_0000000000000000000000`)]
    expect(foreign[0]).toBe(404)
    expect(foreign).toEqual(unknown)
  })

  it('They are in no list, and ?key= does not show them.', async () => {
    for (const path of ['/edge/jobs', '/edge/jobs/deliveries', '/edge/jobs/endpoints']) {
      const listed = await json<{ data: JobRecord[] }>(await rig.askAs(other, 'GET', path))
      expect(listed.data, path).toEqual([])
      expect((await rig.askAs(other, 'GET', `${path}?key=${rig.keyId}`)).status, path).toBe(403)
    }
  })

  it('They still exist afterwards.', async () => {
    expect((await rig.ask('GET', `/edge/jobs/${own.job}`)).status).toBe(200)
    expect(await json(await rig.ask('GET', `/edge/jobs/endpoints/${own.ep}`))).toMatchObject({
      disabled: false,
    })
  })
})
