import { describe, expect, it } from 'vitest'
import { regionChanges } from '../../src/jobs/region-alerts.ts'

const failed = { region: 'beijing', status: '503' } as const
const responded = { region: 'beijing', status: '200' } as const
const open = () => true
const closed = () => false

describe('reports about a region', () => {
  it.each([
    ['down when its circuit breaker opens', [failed], open, [], ['region.down']],
    ['nothing when that was reported before', [failed], open, ['beijing'], []],
    ['nothing for a failure that opens nothing', [failed], closed, [], []],
    ['up when it responds again', [responded], closed, ['beijing'], ['region.up']],
    ['nothing while it does not respond', [failed], closed, ['beijing'], []],
    ['nothing when it was never down', [responded], closed, [], []],
  ] as const)('The report about a region is %s', (_, attempts, isOpen, reported, events) => {
    const changes = regionChanges(attempts, isOpen, new Set(reported))
    expect(changes.map(({ event }) => event)).toEqual(events)
  })
})
