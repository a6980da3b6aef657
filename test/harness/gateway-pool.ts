import { afterAll, inject } from 'vitest'
import { type RunningGateways, startGateways } from '../../scripts/workers.ts'
import { ADMIN_TOKEN, issueKeysAt, type TestGateway } from './gateway.ts'

/** Gateways that start together. Those left over at the end of a file cost less than a process for each test. */
const BATCH = 8

/** A gateway that no test has used yet, without jobs. */
export interface FreshGateway {
  address: string
  issueKey: TestGateway['issueKey']
  /** The KV namespace that holds its keys. */
  keys: () => Promise<KVNamespace>
}

/**
 * Gateways for tests that change what an isolate remembers, such as latencies and open circuit breakers.
 *
 * @returns a function that takes the next fresh gateway; all of them stop after the last test of the file or block.
 */
export function useFreshGateways(): (variables: Record<string, string>) => Promise<FreshGateway> {
  const batches: RunningGateways[] = []
  let used = BATCH
  afterAll(() => Promise.all(batches.map(({ stop }) => stop())))
  return async (variables) => {
    if (used === BATCH) {
      batches.push(
        await startGateways(inject('gatewayModule'), BATCH, { variables: { ADMIN_TOKEN, ...variables } }),
      )
      used = 0
    }
    const batch = batches.at(-1)
    const address = batch?.addresses[used]
    if (!batch || !address) throw new Error('A batch of gateways must not be empty.')
    const name = `gateway-${used}`
    used += 1
    return {
      address,
      issueKey: issueKeysAt(address),
      keys: () => batch.miniflare.getKVNamespace('KEYS', name) as unknown as Promise<KVNamespace>,
    }
  }
}
