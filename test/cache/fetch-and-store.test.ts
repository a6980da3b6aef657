import { afterEach, expect, it, vi } from 'vitest'
import { fetchCollapsed, type OriginFetch } from '../../src/cache/fetch-and-store.ts'
import type { WholeResponse } from '../../src/upstream/response.ts'

const RESPONSE: WholeResponse = {
  kind: 'whole',
  status: 200,
  headers: [],
  body: new TextEncoder().encode('{}'),
}

afterEach(() => vi.unstubAllGlobals())

it('P5: Callers who give up waiting for a lost request share one new upstream call.', async () => {
  const patience = Promise.withResolvers<void>()
  vi.stubGlobal('scheduler', { wait: () => patience.promise })
  const calls: PromiseWithResolvers<WholeResponse>[] = []
  const come = (caller: AbortSignal) =>
    fetchCollapsed(
      {
        use: true,
        cacheKey: 'question',
        rawKey: undefined,
        control: { noStore: false, noCache: false, onlyIfCached: false },
        ttlSeconds: undefined,
        framing: undefined,
        stale: { whileRevalidate: 0, ifError: 0 },
        kv: {} as OriginFetch['kv'],
        caller,
        limitMs: 1000,
        cacheKeyFor: () => undefined,
        keepAlive: () => undefined,
        ask: (signal) => {
          const call = Promise.withResolvers<WholeResponse>()
          signal.addEventListener('abort', () => call.reject(new Error('aborted')))
          calls.push(call)
          return call.promise
        },
      },
      'miss',
      'question 1000',
    )
  const leader = new AbortController()
  const first = come(leader.signal)
  first.catch(() => undefined)
  const others = Array.from({ length: 10 }, () => come(new AbortController().signal))
  leader.abort()
  patience.resolve()
  await vi.waitFor(() => expect(calls).toHaveLength(2))
  calls[1]?.resolve(RESPONSE)
  const responses = await Promise.all(others)
  expect(calls).toHaveLength(2)
  expect(responses.filter(({ kind }) => kind === 'fetched')).toHaveLength(1)
})
