import { describe, expect, it } from 'vitest'
import { boundsMoney } from '../../src/meter/money.ts'
import type { Policy, Principal } from '../../src/policy/key-record.ts'

const MONEY = { money_per_day: 1 }
const TOKEN = { token: { id: 'tok_0123456789abcdef', expires: 2_000_000_000 } }

function caller(
  policy: Omit<Policy, 'cache_generation'>,
  rest: Pick<Principal, 'user' | 'token'> = {},
): Principal {
  return { keyId: 'key_0123456789abcdef', policy: { ...policy, cache_generation: 0 }, ...rest }
}

describe('the limits on money of a caller', () => {
  it.each<[string, Principal, boolean]>([
    ['a key without limits', caller({}), false],
    ['a key with a limit on tokens', caller({ limits: { tokens_per_day: 1 } }), false],
    ['a key with a daily limit', caller({ limits: MONEY }), true],
    ['a key with a monthly limit', caller({ limits: { money_per_month: 1 } }), true],
    ['a key whose end users have a limit', caller({ user_limits: MONEY }), false],
    ['an end user with a limit', caller({ user_limits: MONEY }, { user: 'ann' }), true],
    ['a session token without an end user', caller({ user_limits: MONEY }, TOKEN), true],
    ['a session token of an end user', caller({ user_limits: MONEY }, { ...TOKEN, user: 'ann' }), true],
  ])('They are read correctly for %s.', (_, principal, isBounded) => {
    expect(boundsMoney(principal)).toBe(isBounded)
  })
})
