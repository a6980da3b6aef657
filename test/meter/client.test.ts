import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MeterClient } from '../../src/meter/client.ts'
import { hasLimits } from '../../src/meter/limited-meters.ts'
import { ALLOWED, type FakeMeters, fakeMeters, REFUSED } from './fake-meters.ts'
import { caller, reservation } from './rig.ts'

const limits = { requests_per_minute: 1 }

beforeEach(() => {
  vi.stubGlobal('scheduler', { wait: async () => undefined })
})
afterEach(() => {
  vi.unstubAllGlobals()
})

function client({ context }: FakeMeters): MeterClient {
  return new MeterClient(context)
}

describe('reserving', () => {
  it('No meter is asked if the policy has no limits.', async () => {
    const fake = fakeMeters()
    const principal = caller(undefined, { user: 'ann' })
    expect(await client(fake).reserve(principal, reservation(), 'refuse')).toEqual(ALLOWED)
    expect(hasLimits(principal)).toBe(false)
    expect(fake.calls).toEqual([])
  })

  it('The meters of the key and of its user are asked, and a grant is taken back if the other refuses.', async () => {
    const principal = caller(limits, { user: 'ann' }, limits)
    const { keyId: id } = principal
    const fake = fakeMeters(async (meter) => [meter === id ? ALLOWED : REFUSED])
    expect(await client(fake).reserve(principal, reservation({ id: 'r' }), 'refuse')).toEqual(REFUSED)
    expect(fake.calls).toEqual([
      { meter: id, verb: 'reserve', names: ['r'] },
      { meter: `${id}/ann`, verb: 'reserve', names: ['r'] },
      { meter: id, verb: 'release', names: ['r'] },
    ])
  })

  it('P6: A failing meter leads to a 503, or is skipped if the operator chose so.', async () => {
    const principal = caller(limits)
    const fake = fakeMeters(async () => Promise.reject(new Error('broken')))
    await expect(client(fake).reserve(principal, reservation(), 'refuse')).rejects.toMatchObject({
      status: 503,
      headers: { 'retry-after': '2' },
    })
    expect(await client(fake).reserve(principal, reservation(), 'allow')).toEqual(ALLOWED)
  })

  it('P6: A missing binding leads to a 503.', async () => {
    const { context } = fakeMeters()
    const meters = undefined as unknown as typeof context.meters
    const asked = new MeterClient({ ...context, meters }).reserve(caller(limits), reservation(), 'refuse')
    await expect(asked).rejects.toMatchObject({ status: 503 })
  })

  it('A limit that one meter refuses is still refused if another meter may fail.', async () => {
    const principal = caller(limits, { user: 'ann' }, limits)
    const fake = fakeMeters(async (meter) =>
      meter === principal.keyId ? Promise.reject(new Error('broken')) : [REFUSED],
    )
    expect(await client(fake).reserve(principal, reservation(), 'allow')).toEqual(REFUSED)
  })
})

describe('the meters of a caller', () => {
  async function asked(...args: Parameters<typeof caller>): Promise<string[]> {
    const fake = fakeMeters()
    const principal = caller(...args)
    await client(fake).reserve(principal, reservation(), 'refuse')
    return fake.calls.map(({ meter }) => meter.replace(principal.keyId, 'key'))
  }
  const token = { id: 'tok_1', expires: 2e9 }

  it('Limits that bound nothing need no meter.', async () => {
    expect(await asked({}, { user: 'ann', token: { ...token, budget: {} } }, {})).toEqual([])
  })

  it('A session token with a budget includes the meter of its key.', async () => {
    expect(await asked(undefined, { token: { ...token, budget: { requests: 1 } } })).toEqual(['key'])
  })

  it('A session token without a user has a meter, for which user_limits hold as well.', async () => {
    expect(await asked(undefined, { token }, limits)).toEqual(['key/tok_1'])
  })

  it('A session token and a user with its name have separate meters.', async () => {
    expect(await asked(undefined, { user: 'tok_1', token }, limits)).toEqual(['key/user:tok_1'])
    expect(await asked(undefined, { user: 'user:tok_1', token }, limits)).toEqual(['key/user:user:tok_1'])
  })

  it('The users of two keys have separate meters, whatever their names are.', async () => {
    expect(await asked(undefined, { user: '../key_2' }, limits)).toEqual(['key/../key_2'])
    expect(await asked(undefined, { user: '' }, limits)).toEqual(['key/'])
  })
})
