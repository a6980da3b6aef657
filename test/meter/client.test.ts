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
  it('asks no meter where the policy has no limits', async () => {
    const fake = fakeMeters()
    const principal = caller(undefined, { user: 'ann' })
    expect(await client(fake).reserve(principal, reservation(), 'refuse')).toEqual(ALLOWED)
    expect(hasLimits(principal)).toBe(false)
    expect(fake.calls).toEqual([])
  })

  it('asks the meters of the key and of its user, and takes back what one grants and the other refuses', async () => {
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

  it('P6: refuses with 503 where a meter fails, and lets through where the operator chose so', async () => {
    const principal = caller(limits)
    const fake = fakeMeters(async () => Promise.reject(new Error('broken')))
    await expect(client(fake).reserve(principal, reservation(), 'refuse')).rejects.toMatchObject({
      status: 503,
      headers: { 'retry-after': '2' },
    })
    expect(await client(fake).reserve(principal, reservation(), 'allow')).toEqual(ALLOWED)
  })

  it('P6: refuses with 503 where the binding is missing', async () => {
    const { context } = fakeMeters()
    const meters = undefined as unknown as typeof context.meters
    const asked = new MeterClient({ ...context, meters }).reserve(caller(limits), reservation(), 'refuse')
    await expect(asked).rejects.toMatchObject({ status: 503 })
  })

  it('still refuses for the limit of a meter that answers where another one may fail', async () => {
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

  it('are empty for limits that bound nothing', async () => {
    expect(await asked({}, { user: 'ann', token: { ...token, budget: {} } }, {})).toEqual([])
  })

  it('include that of the key for a session token with a budget', async () => {
    expect(await asked(undefined, { token: { ...token, budget: { requests: 1 } } })).toEqual(['key'])
  })

  it('D9: include one for a session token without a user, for which user_limits hold as well', async () => {
    expect(await asked(undefined, { token }, limits)).toEqual(['key/tok_1'])
  })

  it('D9: keep apart a session token and a user who is named like one', async () => {
    expect(await asked(undefined, { user: 'tok_1', token }, limits)).toEqual(['key/user:tok_1'])
    expect(await asked(undefined, { user: 'user:tok_1', token }, limits)).toEqual(['key/user:user:tok_1'])
  })

  it('keep the users of a key apart from other keys, whatever their names are', async () => {
    expect(await asked(undefined, { user: '../key_2' }, limits)).toEqual(['key/../key_2'])
    expect(await asked(undefined, { user: '' }, limits)).toEqual(['key/'])
  })
})
