import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Verdict } from '../../src/meter/metering.ts'
import type { Meter } from '../../src/meter/object/meter.ts'
import { hasLimits, METER_DEADLINE_MS, meterName, reserve, settle } from '../../src/meter/reserve.ts'
import { caller, reservation, settlement } from './rig.ts'

const ALLOWED: Verdict = { allowed: true, states: [] }
const REFUSED: Verdict = {
  ...{ allowed: false, kind: 'rate', limit: 'requests_per_minute' },
  ...{ retryAfterSeconds: 9, tooLarge: false, states: [] },
}

/** Meters that answer as told by name, and a list of what they were asked. */
function fakeMeters(
  answers: Record<string, () => Promise<Verdict>> | 'gone',
  onRiders: (name: string, riders: unknown) => void = () => undefined,
) {
  const asked: string[] = []
  const getByName = (name: string) => {
    if (answers === 'gone') throw new Error('no such binding')
    const note = (what: string) => async () => void asked.push(`${what} ${name}`)
    return {
      reserve: (...[, , , riders]: Parameters<Meter['reserve']>) => {
        asked.push(`reserve ${name}`)
        onRiders(name, riders)
        return answers[name]?.()
      },
      release: note('release'),
      settle: note('settle'),
      settleUser: note('settleUser'),
    }
  }
  return { asked, meters: { getByName } as unknown as DurableObjectNamespace<Meter> }
}

const limits = { requests_per_minute: 1 }

beforeEach(() => {
  vi.stubGlobal('scheduler', { wait: async () => undefined })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('reserving', () => {
  it('asks no meter where the policy has no limits', async () => {
    const { asked, meters } = fakeMeters('gone')
    const principal = caller(undefined, { user: 'ann' })
    expect(await reserve(meters, principal, reservation(), 'refuse')).toEqual(ALLOWED)
    expect(hasLimits(principal)).toBe(false)
    expect(asked).toEqual([])
  })

  it('asks one meter for the key and one for its user, and takes back what one grants and the other refuses', async () => {
    const principal = caller(limits, { user: 'ann' }, limits)
    const { keyId: id } = principal
    const { asked, meters } = fakeMeters({ [id]: async () => ALLOWED, [`${id}/ann`]: async () => REFUSED })
    expect(await reserve(meters, principal, reservation(), 'refuse')).toEqual(REFUSED)
    expect(asked).toEqual([`reserve ${id}`, `reserve ${id}/ann`, `release ${id}`])
  })

  it.each([
    ['throws', { reject: true }],
    ['is not there', 'gone'],
  ] as const)(
    'P6: refuses with 503 where a meter %s, and lets through where the operator chose so',
    async (_, how) => {
      const principal = caller(limits)
      const broken = async () => Promise.reject(new Error('broken'))
      const { meters } = fakeMeters(how === 'gone' ? 'gone' : { [principal.keyId]: broken })
      await expect(reserve(meters, principal, reservation(), 'refuse')).rejects.toMatchObject({
        status: 503,
        headers: { 'retry-after': '2' },
      })
      expect(await reserve(meters, principal, reservation(), 'allow')).toEqual(ALLOWED)
    },
  )

  it('P6: does not wait for a meter that hangs', async () => {
    vi.useFakeTimers()
    const principal = caller(limits)
    const { meters } = fakeMeters({ [principal.keyId]: () => new Promise(() => undefined) })
    const answer = expect(reserve(meters, principal, reservation(), 'refuse')).rejects.toMatchObject({
      status: 503,
    })
    await vi.advanceTimersByTimeAsync(METER_DEADLINE_MS)
    await answer
  })

  it('takes back what a meter may have granted before its answer was lost', async () => {
    const principal = caller(limits)
    const { keyId: id } = principal
    const { asked, meters } = fakeMeters({
      [id]: async () => Promise.reject(new Error('Network connection lost.')),
    })
    const keepAlive = vi.fn()
    const takeRiders = () => ({ settlements: [], failed: vi.fn() })
    const refused = reserve(meters, principal, reservation(), 'refuse', { takeRiders, keepAlive })
    await expect(refused).rejects.toMatchObject({ status: 503 })
    await keepAlive.mock.calls[0]?.[0]
    expect(asked).toEqual([`reserve ${id}`, `release ${id}`])
  })

  it('takes back what a meter grants after it was given up, behind the request', async () => {
    vi.useFakeTimers()
    const principal = caller(limits)
    const { keyId: id } = principal
    const late = Promise.withResolvers<Verdict>()
    const { asked, meters } = fakeMeters({ [id]: () => late.promise })
    const keepAlive = vi.fn()
    const takeRiders = () => ({ settlements: [], failed: vi.fn() })
    const refused = expect(
      reserve(meters, principal, reservation(), 'refuse', { takeRiders, keepAlive }),
    ).rejects.toMatchObject({ status: 503 })
    await vi.advanceTimersByTimeAsync(METER_DEADLINE_MS)
    await refused
    expect(asked).toEqual([`reserve ${id}`])
    late.resolve(ALLOWED)
    await keepAlive.mock.calls[0]?.[0]
    expect(asked).toEqual([`reserve ${id}`, `release ${id}`])
  })

  it('takes settlements along to the meter of the key, and says where they did not arrive', async () => {
    const principal = caller(limits, { user: 'ann' }, limits)
    const { keyId: id } = principal
    const settlements = [settlement({ reservation: 'earlier' })]
    const failed = vi.fn()
    const ridden: unknown[] = []
    const answers = { [id]: async () => ALLOWED, [`${id}/ann`]: async () => ALLOWED }
    const { meters } = fakeMeters(answers, (name, riders) => ridden.push([name, riders]))
    const riders = () => ({ settlements, failed })
    await reserve(meters, principal, reservation(), 'refuse', { takeRiders: riders, keepAlive: vi.fn() })
    expect(ridden).toEqual([
      [id, settlements],
      [`${id}/ann`, []],
    ])
    expect(failed).not.toHaveBeenCalled()
    answers[id] = async () => Promise.reject(new Error('broken'))
    await reserve(meters, principal, reservation(), 'allow', { takeRiders: riders, keepAlive: vi.fn() })
    expect(failed).toHaveBeenCalledTimes(1)
  })

  it('still refuses for the limit that did answer where others may fail', async () => {
    const principal = caller(limits, { user: 'ann' }, limits)
    const { keyId: id } = principal
    const broken = async () => Promise.reject(new Error('broken'))
    const { meters } = fakeMeters({ [id]: broken, [`${id}/ann`]: async () => REFUSED })
    expect(await reserve(meters, principal, reservation(), 'allow')).toEqual(REFUSED)
  })
})

describe('settling', () => {
  it('goes to the key, and to its user where users have limits', async () => {
    const plain = caller(undefined, { user: 'ann' })
    const limited = caller(undefined, { user: 'ann' }, limits)
    const { asked, meters } = fakeMeters({})
    await settle(meters, plain, settlement())
    await settle(meters, limited, settlement())
    const [first, second] = [plain.keyId, limited.keyId]
    expect(asked).toEqual([`settle ${first}`, `settle ${second}`, `settleUser ${second}/ann`])
  })
})

describe('the name of a meter', () => {
  it('keeps the users of a key apart from other keys, whatever they are called', () => {
    expect(meterName({ keyId: 'key_1' })).toBe('key_1')
    expect(meterName({ keyId: 'key_1', user: '' })).toBe('key_1/')
    expect(meterName({ keyId: 'key_1', user: '../key_2' })).toBe('key_1/../key_2')
  })
})
