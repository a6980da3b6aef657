import { test } from 'vitest'
import { startTestGateway, type TestGateway } from './gateway.ts'
import { type PlainUpstream, startPlainUpstream } from './plain-upstream.ts'

/**
 * A gateway that several test files use one after another. It has no `calls`: work in the background of an earlier file, such
 * as looking a task up, would be among them.
 */
export type SharedGateway = Omit<TestGateway, 'stop' | 'calls'>

let emulated: Promise<TestGateway> | undefined
let plain: Promise<{ gateway: TestGateway; upstream: PlainUpstream }> | undefined

/** Lasts as long as the process that runs test files, whose first file imports this module and registers the hook. */
// biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it which other fixtures are needed.
const lifetime = test.extend('sharedUpstream', { scope: 'worker' }, async ({}, { onCleanup }) => {
  onCleanup(async () => (await plain)?.upstream.stop())
})
lifetime.beforeAll(({ sharedUpstream }) => sharedUpstream)

/**
 * Returns the gateway in front of the emulator that the files of this process share, because a start costs more than the
 * tests of most files. A file that uses it issues keys of its own, and neither reads what belongs to all keys (usage of
 * the operator, lists of keys, log lines) nor changes what an isolate remembers.
 */
export function sharedGateway(): Promise<SharedGateway> {
  emulated ??= startTestGateway()
  return emulated
}

/** Returns the gateway in front of a plain upstream that the files of this process share, with the upstream as if new. */
export async function sharedPlainGateway(): Promise<{ gateway: SharedGateway; upstream: PlainUpstream }> {
  plain ??= startPlainUpstream().then(async (upstream) => ({
    upstream,
    gateway: await startTestGateway({ DASHSCOPE_BASE_URL: upstream.address }),
  }))
  const shared = await plain
  shared.upstream.reset()
  return shared
}
