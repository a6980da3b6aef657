import { inject, test } from 'vitest'
import { type RunningGateways, startGateways } from '../../scripts/workers.ts'
import { once } from '../../src/lib/once.ts'

/** Gateways that start together. Those left over cost less than a process for each gateway. */
const BATCH = 4

/** A gateway that no test has used yet, without variables. */
export interface PooledGateway {
  address: string
  /** Ends its process as well if it is the last one in it. */
  stop: () => Promise<void>
}

interface Batch {
  gateways: Promise<RunningGateways>
  taken: number
  stopped: number
}

const running = new Set<Batch>()
let batch: Batch | undefined

/** Lasts as long as the process that runs test files, whose first file imports this module and registers the hook. */
// biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it which other fixtures are needed.
const lifetime = test.extend('gatewayPool', { scope: 'worker' }, async ({}, { onCleanup }) => {
  onCleanup(async () => {
    await Promise.all([...running].map(end))
  })
})
lifetime.beforeAll(({ gatewayPool }) => gatewayPool)

/**
 * Takes a gateway with an isolate and storage of its own, in a process that several share, because most of the cost of
 * a start is the process.
 */
export async function takeGateway(): Promise<PooledGateway> {
  if (!batch || batch.taken === BATCH) {
    batch = { gateways: startGateways(inject('testModule'), BATCH), taken: 0, stopped: 0 }
    running.add(batch)
  }
  const from = batch
  const index = from.taken++
  const address = (await from.gateways).addresses[index]
  if (address === undefined) throw new Error('A batch of gateways must not be empty.')
  const stop = once(async () => {
    await fetch(`${address}/-/test/retire`, { method: 'POST' })
    from.stopped++
    if (from.stopped === BATCH) await end(from)
  })
  return { address, stop }
}

async function end(over: Batch): Promise<void> {
  if (running.delete(over)) await (await over.gateways).stop()
}
