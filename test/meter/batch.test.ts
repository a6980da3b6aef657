import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type BatchTarget, settleLater, takeRiders, USAGE_BATCH_OVERDUE_MS } from '../../src/meter/batch.ts'
import type { Settlement } from '../../src/meter/metering.ts'
import { NOON_MS, settlement } from './rig.ts'

/** What meters took, by key. */
let taken: [key: string, models: string[]][]
let lost: [models: string[], cause: unknown][]
/** Ends the time in which a batch is gathered. */
let due: (() => void)[]
let keyCount = 0

beforeEach(() => {
  taken = []
  lost = []
  due = []
  keyCount++
  vi.stubGlobal('scheduler', {
    wait: () => new Promise<void>((resolve) => void due.push(resolve)),
  })
})

function target(failure?: Error): BatchTarget {
  const meter = (key: string) => ({
    settleAll: async (batch: Settlement[]) => {
      if (failure) throw failure
      taken.push([key, batch.map(({ model }) => model)])
    },
  })
  return {
    meters: { getByName: meter } as unknown as BatchTarget['meters'],
    lost: (settlements, cause) => void lost.push([settlements.map(({ model }) => model), cause]),
  }
}

/** One request's settlement; returns what it keeps going behind its answer. */
function settle(to: BatchTarget, key: string, model: string, nowMs = NOON_MS): Promise<unknown>[] {
  const kept: Promise<unknown>[] = []
  settleLater(to, `${key}${keyCount}`, settlement({ model, nowMs }), (work) => void kept.push(work))
  return kept
}

/** The same for one with a reservation. */
function settleReserved(to: BatchTarget, key: string, model: string): Promise<unknown>[] {
  const kept: Promise<unknown>[] = []
  const settled = settlement({ model, reservation: `of ${model}` })
  settleLater(to, `${key}${keyCount}`, settled, (work) => void kept.push(work))
  return kept
}

describe('settlements without a reservation', () => {
  it('are told together, by the request that came first', async () => {
    const to = target()
    const [work] = settle(to, 'a', 'one')
    expect(settle(to, 'a', 'two')).toEqual([])
    expect(settle(to, 'a', 'three')).toEqual([])
    expect(taken).toEqual([])
    due[0]?.()
    await work
    expect(taken).toEqual([[`a${keyCount}`, ['one', 'two', 'three']]])
  })

  it('of two keys go to two meters', async () => {
    const to = target()
    const work = [...settle(to, 'a', 'one'), ...settle(to, 'b', 'two')]
    for (const now of due) now()
    await Promise.all(work)
    expect(taken.toSorted()).toEqual([
      [`a${keyCount}`, ['one']],
      [`b${keyCount}`, ['two']],
    ])
  })

  it('that come while a batch is sent make the next one', async () => {
    const to = target()
    const [first] = settle(to, 'a', 'one')
    due[0]?.()
    await first
    const [second] = settle(to, 'a', 'two')
    due[1]?.()
    await second
    expect(taken.map(([, models]) => models)).toEqual([['one'], ['two']])
  })

  it('are taken over from a request that the runtime has ended, and told once', async () => {
    const to = target()
    const [ended] = settle(to, 'a', 'one')
    expect(settle(to, 'a', 'two', NOON_MS + USAGE_BATCH_OVERDUE_MS - 1)).toEqual([])
    const [next] = settle(to, 'a', 'three', NOON_MS + USAGE_BATCH_OVERDUE_MS)
    due[1]?.()
    await next
    due[0]?.()
    await ended
    expect(taken).toEqual([[`a${keyCount}`, ['one', 'two', 'three']]])
  })

  it('that a meter does not take are reported, hold up nothing and are not sent again', async () => {
    const failure = new Error('The meter is away.')
    const [work] = settle(target(failure), 'a', 'one')
    due[0]?.()
    await expect(work).resolves.toBeUndefined()
    expect(lost).toEqual([[['one'], failure]])
    const [next] = settle(target(), 'a', 'two')
    due[1]?.()
    await next
    expect(taken).toEqual([[`a${keyCount}`, ['two']]])
  })
})

describe('settlements of reservations', () => {
  /** What a reservation with this key takes along; `kept` is what its request keeps going. */
  function ride(to: BatchTarget, key: string) {
    const kept: Promise<unknown>[] = []
    const riders = takeRiders(to, `${key}${keyCount}`, (work) => void kept.push(work))
    return { ...riders, kept, models: riders.settlements.map(({ model }) => model) }
  }

  it('are told together, apart from those without', async () => {
    const to = target()
    const [usage] = settle(to, 'a', 'without')
    const [reserved] = settleReserved(to, 'a', 'one')
    expect(settleReserved(to, 'a', 'two')).toEqual([])
    for (const now of due) now()
    await Promise.all([usage, reserved])
    expect(taken.map(([, models]) => models)).toEqual([['without'], ['one', 'two']])
  })

  it('go with the next reservation of their key instead, once', async () => {
    const to = target()
    const [work] = settleReserved(to, 'a', 'one')
    settle(to, 'a', 'without')
    settleReserved(to, 'b', 'of another key')
    expect(ride(to, 'a').models).toEqual(['one'])
    expect(ride(to, 'a').models).toEqual([])
    due[0]?.()
    await work
    expect(taken).toEqual([])
  })

  it('that a meter did not take with a reservation are told again', async () => {
    const to = target()
    settleReserved(to, 'a', 'one')
    const { failed, kept } = ride(to, 'a')
    failed()
    due[1]?.()
    await Promise.all(kept)
    expect(taken).toEqual([[`a${keyCount}`, ['one']]])
    expect(lost).toEqual([])
  })

  it('that a meter does not take are sent once more and then reported', async () => {
    const failure = new Error('The meter is away.')
    const [work] = settleReserved(target(failure), 'a', 'one')
    due[0]?.()
    await vi.waitFor(() => expect(due).toHaveLength(2))
    expect(lost).toEqual([])
    due[1]?.()
    await work
    expect(lost).toEqual([[['one'], failure]])
  })
})
