import { beforeEach, expect } from 'vitest'
import type { DeliveryRecord } from '../../src/jobs/ledger/deliveries-table.ts'
import type { EndpointRecord } from '../../src/jobs/ledger/endpoints-table.ts'
import type { SecretRecord } from '../../src/jobs/ledger/signing-secrets.ts'
import { json } from '../harness/caller.ts'
import { useJobs } from './rig.ts'

/** Starts a gateway with jobs for a test file, and gives what makes and reads messages. */
export function useDeliveries() {
  const rig = useJobs()

  /** Each test has a key of its own: a destination is paused for a key after ten failures in a row. */
  beforeEach(async () => {
    rig.key = (await rig.gateway.issueKey()).key
  })

  const toReceiver = (path: string) => ({ 'x-edge-webhook': rig.receiver.address + path })

  async function deliveriesOf(job: string): Promise<DeliveryRecord[]> {
    const response = await rig.ask('GET', `/edge/jobs/deliveries?job=${job}`)
    return (await json<{ data: DeliveryRecord[] }>(response)).data
  }

  async function secrets(path = '/edge/jobs/secret'): Promise<string[]> {
    const found = await json<{ secrets: SecretRecord[] }>(await rig.ask('GET', path))
    return found.secrets.map(({ secret }) => secret)
  }

  async function makeEndpoint(path: string, more: object = {}): Promise<EndpointRecord> {
    const response = await rig.ask('POST', '/edge/jobs/endpoints', {
      url: rig.receiver.address + path,
      ...more,
    })
    expect(response.status).toBe(201)
    return json<EndpointRecord>(response)
  }

  return { rig, toReceiver, deliveriesOf, secrets, makeEndpoint }
}
