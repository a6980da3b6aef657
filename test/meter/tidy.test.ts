import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Principal } from '../../src/policy/key-record.ts'
import { until } from '../harness/caller.ts'
import { caller, type MeterRig, NOON_MS, startMeterRig } from './rig.ts'

const DAY_MS = 86_400_000
const IDLE_DAYS = 63

interface Stored {
  bytes: number
  alarmMs: number | null
}

let rig: MeterRig
beforeAll(async () => {
  rig = await startMeterRig()
})
afterAll(() => rig.stop())

async function stored(name: string, act: { tidyMs?: number; rings?: true } = {}): Promise<Stored> {
  const body = JSON.stringify({ name, ...act })
  const response = await fetch(`${rig.address()}/meter`, { method: 'POST', body })
  if (!response.ok) throw new Error(await response.text())
  return response.json() as never
}

function visitor(user: string): Principal {
  return caller(undefined, { user }, { requests_per_minute: 1, tokens_per_day: 100 })
}

describe('the object of an end user who never comes back', () => {
  it('The object wakes up and checks itself some day.', async () => {
    const principal = visitor('ann')
    const name = `${principal.keyId}/ann`
    const days = async () => (((await stored(name)).alarmMs ?? 0) - Date.now()) / DAY_MS
    await rig.reserve(principal)
    expect(await days()).toBeGreaterThan(IDLE_DAYS - 1)
    expect(await days()).toBeLessThanOrEqual(IDLE_DAYS)
    await stored(name, { rings: true })
    await until('it has set its next alarm', async () => (await days()) > IDLE_DAYS - 1)
  })

  it('The object is kept as long as it counts, and deleted whole.', async () => {
    const principal = visitor('ben')
    const name = `${principal.keyId}/ben`
    await rig.reserve(principal, { id: 'ben-1' })
    await rig.settle(principal, { reservation: 'ben-1' })
    const kept = await stored(name, { tidyMs: NOON_MS + 62 * DAY_MS })
    expect(kept.alarmMs).toBe(NOON_MS + (62 + IDLE_DAYS) * DAY_MS)
    const gone = await stored(name, { tidyMs: NOON_MS + IDLE_DAYS * DAY_MS })
    expect(gone.alarmMs).toBe(null)
    expect(gone.bytes).toBeLessThan(kept.bytes / 2)
  })

  it('The object leaves no alarm when it is deleted after it was asleep.', async () => {
    const principal = visitor('dan')
    await rig.reserve(principal, { id: 'dan-1' })
    await rig.settle(principal, { reservation: 'dan-1' })
    await rig.restart()
    const gone = await stored(`${principal.keyId}/dan`, { tidyMs: NOON_MS + IDLE_DAYS * DAY_MS })
    expect(gone.alarmMs).toBe(null)
  })

  it('The object starts again if the user comes back.', async () => {
    const principal = visitor('eve')
    await rig.reserve(principal, { tokens: 90 })
    expect((await rig.reserve(principal)).allowed).toBe(false)
    await stored(`${principal.keyId}/eve`, { tidyMs: NOON_MS + IDLE_DAYS * DAY_MS })
    expect((await rig.reserve(principal, { tokens: 90 })).allowed).toBe(true)
    expect((await rig.reserve(principal)).allowed).toBe(false)
  })
})

it('The object of a key is kept while its usage is reported.', async () => {
  const principal = caller({ tokens_per_day: 100 })
  await rig.reserve(principal, { id: 'key-1' })
  await rig.settle(principal, { reservation: 'key-1' })
  const lookAt = (day: number) => stored(principal.keyId, { tidyMs: NOON_MS + day * DAY_MS })
  expect((await lookAt(400)).alarmMs).toBe(NOON_MS + (400 + IDLE_DAYS) * DAY_MS)
  expect((await lookAt(401)).alarmMs).toBe(null)
})

it('The object keeps its alarm for a report when it was asleep in the meantime.', async () => {
  const principal = caller({ requests_per_minute: 9 })
  await rig.settle(principal, {})
  const { alarmMs } = await stored(principal.keyId)
  expect((alarmMs ?? Infinity) - Date.now()).toBeLessThan(DAY_MS)
  await rig.restart()
  await rig.reserve(principal)
  expect((await stored(principal.keyId)).alarmMs).toBe(alarmMs)
})

it('The object wakes up to delete the bodies that it keeps after 24 hours.', async () => {
  const principal = caller({ tokens_per_day: 100 })
  // An alarm in the past would come at once.
  const endedMs = Date.now()
  await rig.reserve(principal, { id: 'kept-1' })
  await rig.settle(principal, { reservation: 'kept-1' })
  await rig.run(principal.keyId, [`INSERT INTO kept_requests VALUES (1, 1, 'kept-1', ${endedMs}, '{}')`])
  const alarmAfter = async (tidyMs: number) => (await stored(principal.keyId, { tidyMs })).alarmMs
  expect(await alarmAfter(endedMs + DAY_MS - 1)).toBe(endedMs + DAY_MS)
  expect(await alarmAfter(endedMs + DAY_MS)).toBe(endedMs + DAY_MS + IDLE_DAYS * DAY_MS)
})
