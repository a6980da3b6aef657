import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UTC } from '../../src/lib/calendar.ts'
import { MeterClient } from '../../src/meter/client.ts'
import type { Settled } from '../../src/meter/metering.ts'
import { addSettled, BATCH_OVERDUE_MS, queueUsage, takePending } from '../../src/meter/settlement-queue.ts'
import { NOTHING_SPENT } from '../../src/meter/spent.ts'
import { usageSumOf } from '../../src/meter/usage-sum.ts'
import { type FakeMeters, fakeMeters } from './fake-meters.ts'
import { caller, NOON_MS, settlement } from './rig.ts'

/** Ends the time in which a batch is gathered. */
let due: (() => void)[]
let keyCount = 0
let key: string
beforeEach(() => {
  due = []
  key = `key_${++keyCount}`
  vi.stubGlobal('scheduler', { wait: () => new Promise<void>((resolve) => void due.push(resolve)) })
})
afterEach(() => {
  vi.unstubAllGlobals()
})

function use({ context }: FakeMeters, model: string, nowMs = NOON_MS, of = key): void {
  queueUsage(context, of, usageSumOf(settlement({ model, startedMs: nowMs, nowMs }), UTC), nowMs)
}

function settled(reservation: string, nowMs = NOON_MS): Settled {
  const usage = usageSumOf(settlement({ model: reservation }), UTC)
  return { reservation, atMs: nowMs, nowMs, ...NOTHING_SPENT, tokens: 10, money: 20, usage }
}

async function allDue({ kept }: FakeMeters): Promise<void> {
  for (const now of due) now()
  await Promise.all(kept)
}

const away = () => Promise.reject(new Error('The meter is away.'))

describe('usage without a reservation', () => {
  it('Usage is sent together, by the request that came first.', async () => {
    const fake = fakeMeters()
    for (const model of ['one', 'two', 'three']) use(fake, model)
    expect(fake.kept).toHaveLength(1)
    expect(fake.calls).toEqual([])
    await allDue(fake)
    expect(fake.calls).toEqual([{ meter: key, verb: 'record', names: ['one', 'two', 'three'] }])
  })

  it('Usage is summed before it is sent.', async () => {
    const fake = fakeMeters()
    for (let times = 0; times < 1000; times++) use(fake, 'one')
    await allDue(fake)
    expect(fake.calls).toEqual([{ meter: key, verb: 'record', names: ['one'] }])
  })

  it('Usage of two keys goes to two meters.', async () => {
    const fake = fakeMeters()
    use(fake, 'one')
    use(fake, 'two', NOON_MS, `${key}0`)
    await allDue(fake)
    expect(fake.calls.map(({ meter, names }) => [meter, names])).toEqual([
      [key, ['one']],
      [`${key}0`, ['two']],
    ])
  })

  it('Usage that arrives while a batch is sent makes the next batch.', async () => {
    const fake = fakeMeters()
    use(fake, 'one')
    await allDue(fake)
    use(fake, 'two')
    await allDue(fake)
    expect(fake.calls.map(({ names }) => names)).toEqual([['one'], ['two']])
  })

  it('Usage is taken over from a request that the runtime has ended, and sent once.', async () => {
    const fake = fakeMeters()
    use(fake, 'one')
    use(fake, 'two', NOON_MS + BATCH_OVERDUE_MS - 1)
    expect(due).toHaveLength(1)
    use(fake, 'three', NOON_MS + BATCH_OVERDUE_MS)
    due[1]?.()
    await fake.kept[1]
    await allDue(fake)
    expect(fake.calls.map(({ names }) => names)).toEqual([['one', 'two', 'three']])
  })

  it('Usage that a meter does not accept is reported in numbers and not sent again.', async () => {
    const fake = fakeMeters(undefined, away)
    use(fake, 'one')
    use(fake, 'two')
    await allDue(fake)
    expect(fake.lost).toEqual([[key, { requests: 2, tokens: 20 }]])
    expect(fake.calls).toHaveLength(1)
  })
})

describe('settlements of reservations', () => {
  it('Settlements are sent together, apart from usage without reservations.', async () => {
    const fake = fakeMeters()
    use(fake, 'without')
    addSettled(fake.context, key, settled('one'))
    addSettled(fake.context, key, settled('two'))
    await allDue(fake)
    expect(fake.calls).toEqual([
      { meter: key, verb: 'record', names: ['without'] },
      { meter: key, verb: 'settle', names: ['one', 'two'] },
    ])
  })

  it('Settlements go with the next reservation of their meter instead, once.', async () => {
    const fake = fakeMeters()
    addSettled(fake.context, key, settled('one'))
    addSettled(fake.context, `${key}/ann`, settled('of another meter'))
    expect(takePending(key).map(({ reservation }) => reservation)).toEqual(['one'])
    expect(takePending(key)).toEqual([])
    await allDue(fake)
    expect(fake.calls.map(({ meter }) => meter)).toEqual([`${key}/ann`])
  })

  it('Settlements that a meter does not accept are sent once more and then reported.', async () => {
    const fake = fakeMeters(undefined, away)
    addSettled(fake.context, key, settled('one'))
    due[0]?.()
    await vi.waitFor(() => expect(due).toHaveLength(2))
    expect(fake.lost).toEqual([])
    due[1]?.()
    await Promise.all(fake.kept)
    expect(fake.lost).toEqual([[key, { requests: 1, tokens: 10 }]])
    expect(fake.calls).toHaveLength(2)
  })
})

describe('bodies that are kept', () => {
  const kept = (id: string) => ({ id, atMs: NOON_MS, body: { text: 'body' } })

  it('A batch of settlements has the bodies of the newest 50 only, and all usage.', () => {
    const fake = fakeMeters()
    for (let number = 1; number <= 60; number++) {
      const usage = usageSumOf(settlement({ kept: kept(`r-${number}`) }), UTC)
      addSettled(fake.context, key, { ...settled(`r-${number}`), usage })
    }
    const pending = takePending(key)
    const ids = pending.flatMap(({ usage }) => usage?.kept?.map(({ id }) => id) ?? [])
    expect(ids).toEqual(Array.from({ length: 50 }, (_, index) => `r-${index + 11}`))
    expect(pending.filter(({ usage }) => usage?.measures.requests === 1)).toHaveLength(60)
  })

  it('P7: A body goes to the meter of the key, and not to that of the end user.', () => {
    const fake = fakeMeters()
    const limits = { requests_per_minute: 10 }
    const principal = caller(limits, { user: 'ann' }, limits)
    new MeterClient(fake.context).settle(principal, settlement({ reservation: 'r', kept: kept('r') }))
    expect(takePending(principal.keyId).map(({ usage }) => usage?.kept)).toEqual([[kept('r')]])
    const [ofUser] = takePending(`${principal.keyId}/ann`)
    expect(ofUser).toMatchObject({ reservation: 'r' })
    expect(ofUser).not.toHaveProperty('usage')
  })
})
