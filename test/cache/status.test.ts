import { expect, test } from 'vitest'
import type { CacheResult } from '../../src/cache/status.ts'
import { cacheStatus } from '../../src/cache/status.ts'

test.each<[CacheResult, string]>([
  [{ hit: true, ttlSeconds: 1234 }, 'dashscope-edge; hit; ttl=1234'],
  [{ hit: true, ttlSeconds: 0 }, 'dashscope-edge; hit; ttl=0'],
  [{ hit: true, ttlSeconds: 59.9 }, 'dashscope-edge; hit; ttl=59'],
  [{ hit: true, ttlSeconds: -0.5 }, 'dashscope-edge; hit; ttl=-1'],
  [{ forward: 'miss' }, 'dashscope-edge; fwd=miss'],
  [{ forward: 'miss', stored: true }, 'dashscope-edge; fwd=miss; stored'],
  [{ forward: 'miss', stored: false, collapsed: false }, 'dashscope-edge; fwd=miss'],
  [{ forward: 'miss', collapsed: true }, 'dashscope-edge; fwd=miss; collapsed'],
  [{ forward: 'miss', stored: true, collapsed: true }, 'dashscope-edge; fwd=miss; stored; collapsed'],
  [
    { hit: true, ttlSeconds: -12, detail: 'stale-while-revalidate' },
    'dashscope-edge; hit; ttl=-12; detail=stale-while-revalidate',
  ],
  [
    { forward: 'stale', forwardStatus: 503, detail: 'stale-if-error' },
    'dashscope-edge; fwd=stale; fwd-status=503; detail=stale-if-error',
  ],
  [{ forward: 'bypass' }, 'dashscope-edge; fwd=bypass'],
  [{ forward: 'request', stored: true }, 'dashscope-edge; fwd=request; stored'],
  [{ forward: 'stale', stored: true }, 'dashscope-edge; fwd=stale; stored'],
])('%j is written as %s', (outcome, header) => {
  expect(cacheStatus(outcome)).toBe(header)
})
