import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { assertTokenUsable, type Claims, readToken, signToken } from '../../src/auth/token.ts'
import { deriveTokenKeys, type TokenKeys } from '../../src/auth/token-key.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')
const NOW = NOW_MS / 1000
const ORIGIN = 'https://gateway.example'
const keys = deriveTokenKeys('correct-horse-battery', undefined)

function claims(changes: Partial<Claims> = {}): Omit<Claims, 'v'> {
  return {
    iss: ORIGIN,
    id: 'tok_1',
    iat: NOW,
    exp: NOW + 600,
    user: 'ü用户',
    key: { id: 'key_1', models: ['qwen-plus'], cache_generation: 0 },
    ...changes,
  }
}

function verifyToken(token: string, by: TokenKeys, origin: string, nowMs: number): Claims {
  const read = readToken(token, by)
  assertTokenUsable(read, [origin], nowMs)
  return read
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}

function parts(token: string): { payload: string; signature: string } {
  const [payload = '', signature = ''] = token.slice('dst_'.length).split('.')
  return { payload, signature }
}

const good = signToken(claims(), keys)

describe('readToken and assertTokenUsable', () => {
  it('The claims that were signed are read back.', () => {
    expect(good).toMatch(/^dst_[\w-]+\.[\w-]{43}$/)
    expect(verifyToken(good, keys, ORIGIN, NOW_MS)).toEqual({ v: 1, ...claims() })
  })

  it.each([
    [
      'with changed claims',
      `dst_${base64url(JSON.stringify({ v: 1, ...claims({ user: 'admin' }) }))}.${parts(good).signature}`,
    ],
    ['without a signature', `dst_${parts(good).payload}.`],
    ['with an empty payload', `dst_.${parts(good).signature}`],
    ['with a signature of zeros', `dst_${parts(good).payload}.${'A'.repeat(43)}`],
    ['cut short', good.slice(0, -1)],
    ['with something after it', `${good}A`],
    ['with a line feed after it', `${good}\n`],
    ['with padding', `${good}=`],
    ['with a dot too many', good.replace('.', '..')],
    ['under another prefix', good.replace('dst_', 'DST_')],
    ['that is far too long', `dst_${'A'.repeat(5000)}.${parts(good).signature}`],
    ['as a JWT that says alg none', `${base64url('{"alg":"none"}')}.${parts(good).payload}.`],
    [
      'whose claims say alg none',
      `dst_${base64url(JSON.stringify({ alg: 'none', v: 1, ...claims() }))}.${'A'.repeat(43)}`,
    ],
    ['signed with the admin token itself', signedWith('correct-horse-battery')],
    ['signed with nothing', signedWith('')],
  ])('A token %s is refused.', (_, token) => {
    expect(() => verifyToken(token, keys, ORIGIN, NOW_MS)).toThrow(
      expect.objectContaining({
        reason: 'unauthenticated',
        message: expect.stringContaining('not issued by this gateway'),
        headers: { 'www-authenticate': 'Bearer' },
      }),
    )
  })

  it('Every other spelling of the signature is refused.', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    for (const last of alphabet.replace(good.slice(-1), '')) {
      expect(() => verifyToken(good.slice(0, -1) + last, keys, ORIGIN, NOW_MS)).toThrow(/not issued/)
    }
  })

  it('Claims of another version are refused although they are signed.', () => {
    const token = signToken({ ...claims(), v: 2 } as unknown as Claims, keys)
    expect(() => verifyToken(token, keys, ORIGIN, NOW_MS)).toThrow(/not issued/)
  })

  it.each<[string, Partial<Claims>, RegExp | undefined]>([
    ['in its last second', { exp: NOW + 1 }, undefined],
    ['that ends now', { exp: NOW }, /expired at 2026-11-24T12:00:00.000Z/],
    ['that ended long ago', { exp: NOW - 86_400 }, /expired/],
    ['from a clock that is a minute ahead', { iat: NOW + 60 }, undefined],
    ['not valid yet', { iat: NOW + 61 }, /not valid yet/],
    [
      'for another deployment',
      { iss: 'https://other.example' },
      /for the gateway at https:\/\/other.example/,
    ],
    ['for another port', { iss: `${ORIGIN}:8443` }, /for the gateway at/],
    ['for plain HTTP', { iss: 'http://gateway.example' }, /for the gateway at/],
  ])('A token is accepted or refused by its claims: %s', (_, changes, refusal) => {
    const token = signToken(claims(changes), keys)
    const verify = () => verifyToken(token, keys, ORIGIN, NOW_MS)
    if (refusal) expect(verify).toThrow(refusal)
    else expect(verify).not.toThrow()
  })
})

describe('deriveTokenKeys', () => {
  const next = deriveTokenKeys('battery-staple-correct', 'correct-horse-battery')

  it('Old and new tokens work side by side while the admin token changes.', () => {
    expect(verifyToken(good, next, ORIGIN, NOW_MS).id).toBe('tok_1')
    expect(verifyToken(signToken(claims(), next), next, ORIGIN, NOW_MS).id).toBe('tok_1')
  })

  it('New tokens are signed with the new admin token only, and old ones end when the old token is removed.', () => {
    expect(() => verifyToken(signToken(claims(), next), keys, ORIGIN, NOW_MS)).toThrow(/not issued/)
    const later = deriveTokenKeys('battery-staple-correct', undefined)
    expect(() => verifyToken(good, later, ORIGIN, NOW_MS)).toThrow(/not issued/)
  })
})

function signedWith(secret: string): string {
  const signed = `dst_${base64url(JSON.stringify({ v: 1, ...claims() }))}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}
