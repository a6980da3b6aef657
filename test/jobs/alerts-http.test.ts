import { describe, expect, it } from 'vitest'
import { reachedThresholds } from '../../src/jobs/alerts.ts'
import { expiringKeys } from '../../src/jobs/ledger/expiring-keys.ts'
import { CHAT, chatBody, until } from '../harness/caller.ts'
import { OPERATOR, useJobs } from './rig.ts'

const NOW_MS = Date.parse('2026-11-28T12:00:00Z')
const day = { name: 'tokens_per_day', quota: 100, windowSeconds: 86_400, resetSeconds: 43_200 } as const

describe('the thresholds of a budget', () => {
  it.each([
    [51, [50]],
    [20, [50, 80]],
    [0, [50, 80, 100]],
    [60, []],
  ])('With %i of 100 left the reached thresholds are %j', (remaining, percents) => {
    const reached = reachedThresholds(
      [{ ...day, remaining: remaining === 51 ? 49 : remaining }],
      [50, 80, 100],
      NOW_MS,
    )
    expect(reached.map(({ percent }) => percent)).toEqual(percents)
  })

  it('Rates have no thresholds.', () => {
    const rate = { ...day, name: 'tokens_per_minute', remaining: 0 } as const
    expect(reachedThresholds([rate], [50], NOW_MS)).toEqual([])
  })
})

it('Keys that expire within a week are reported, and no others.', () => {
  const key = { name: 'n', created_at: '', cache_generation: 1 }
  const records = [
    { ...key, id: 'key_soon', expires_at: '2026-12-01T00:00:00Z' },
    { ...key, id: 'key_later', expires_at: '2026-12-20T00:00:00Z' },
    { ...key, id: 'key_past', expires_at: '2026-11-01T00:00:00Z' },
    { ...key, id: 'key_never' },
  ]
  expect(expiringKeys(records, NOW_MS).map(({ key }) => key)).toEqual(['key_soon'])
})

describe('events for the operator', () => {
  const rig = useJobs()

  it('A threshold is reported once, to the operator and to the key.', async () => {
    const { key, id } = await rig.gateway.issueKey({
      limits: { tokens_per_day: 2000 },
      alerts: { percent: [50] },
    })
    const endpoint = (path: string) => ({ url: rig.receiver.address + path, events: ['budget.threshold'] })
    await rig.askAs(OPERATOR, 'POST', '/edge/jobs/endpoints', endpoint('/budget'))
    await rig.askAs(key, 'POST', '/edge/jobs/endpoints', endpoint('/own'))
    for (const text of ['a', 'b', 'c']) {
      await rig.askAs(key, 'POST', CHAT, chatBody('qwen-plus', text, { max_tokens: 1100 }))
    }
    await until(
      'both receivers got the event',
      () => rig.receiver.received('/budget').length > 0 && rig.receiver.received('/own').length > 0,
    )
    expect(rig.receiver.received('/budget')).toHaveLength(1)
    expect(JSON.parse(rig.receiver.received('/budget')[0]?.body ?? '{}')).toMatchObject({
      type: 'budget.threshold',
      data: { key: id, limit: 'tokens_per_day', percent: 50, quota: 2000 },
    })
  })
})
