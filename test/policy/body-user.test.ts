import { describe, expect, it } from 'vitest'
import { withBodyUser } from '../../src/policy/body-user.ts'
import type { Principal } from '../../src/policy/key-record.ts'

describe('withBodyUser', () => {
  const caller: Principal = { keyId: 'key_1', policy: { user_from: 'body', cache_generation: 0 } }

  it.each<[string, Principal, unknown, string | undefined]>([
    ['the OpenAI field', caller, { user: 'ann' }, 'body:ann'],
    ["Anthropic's field", caller, { metadata: { user_id: 'ann' } }, 'body:ann'],
    ['a number', caller, { user: 7 }, undefined],
    ['an object', caller, { user: { toString: 1 } }, undefined],
    ['an empty string', caller, { user: '' }, undefined],
    ['no object', caller, ['user'], undefined],
    [
      'a key that does not say so',
      { ...caller, policy: { cache_generation: 0 } },
      { user: 'ann' },
      undefined,
    ],
    [
      'a token with a user',
      { ...caller, user: 'bob', token: { id: 'tok_1', expires: 0 } },
      { user: 'ann' },
      'bob',
    ],
    ['a token without a user', { ...caller, token: { id: 'tok_1', expires: 0 } }, { user: 'ann' }, undefined],
  ])('The user is read from %s', (_, principal, body, user) => {
    expect(withBodyUser(principal, body).user).toBe(user)
  })

  it('Long names are hashed, so that two of them are two users.', () => {
    const users = ['a', 'b'].map((end) => withBodyUser(caller, { user: 'x'.repeat(5000) + end }).user)
    expect(users[0]).toMatch(/^body:sha256-[0-9a-f]{64}$/)
    expect(users[0]).not.toBe(users[1])
  })
})
