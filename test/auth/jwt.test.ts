import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { JWT_ALGORITHMS } from '../../src/policy/issuers.ts'
import { encode, makeIssuerKey, signJwt } from './issuer.ts'
import { GOOD, NOW, refusal, useIssuer } from './use-issuer.ts'

const rig = useIssuer()
const { verify } = rig

describe('verifyJwt', () => {
  it.each(JWT_ALGORITHMS)('The user of a valid token is read: %s', async (algorithm) => {
    expect(await verify(await signJwt(rig.keys[algorithm], GOOD))).toBe('login:u-1')
  })

  it.each<[string, object]>([
    ['an audience among others', { aud: ['a', 'chat'] }],
    ['an end in the last minute', { exp: NOW - 59 }],
    ['a beginning in the next minute', { nbf: NOW + 60, iat: NOW + 60 }],
  ])('A token is accepted with %s', async (_, changes) => {
    await expect(verify(await signJwt(rig.keys.ES256, { ...GOOD, ...changes }))).resolves.toBe('login:u-1')
  })

  it.each<[string, object, RegExp]>([
    ['of another issuer', { iss: 'https://login.example/' }, /does not trust its issuer/],
    ['of no issuer', { iss: undefined }, /does not trust its issuer/],
    ['for another audience', { aud: 'chat2' }, /another audience/],
    ['for several other audiences', { aud: ['a', ['chat']] }, /another audience/],
    ['without an audience', { aud: undefined }, /another audience/],
    ['that has expired', { exp: NOW - 60 }, /has expired/],
    ['without an end', { exp: undefined }, /names no time/],
    ['whose end is a text', { exp: '9999999999' }, /names no time/],
    ['that begins later', { nbf: NOW + 61 }, /not valid yet/],
    ['from the future', { iat: NOW + 61 }, /not valid yet/],
    ['whose beginning is a text', { nbf: '0' }, /not valid yet/],
    ['without a subject', { sub: '' }, /has no subject/],
    ['whose subject is a number', { sub: 7 }, /has no subject/],
    ['whose subject is too long', { sub: 's'.repeat(300) }, /too long/],
  ])('A token %s is refused.', async (_, changes, reason) => {
    await expect(verify(await signJwt(rig.keys.ES256, { ...GOOD, ...changes }))).rejects.toMatchObject(
      refusal(reason),
    )
    expect(rig.service.calls).toHaveLength(0)
  })

  it.each<[string, object, RegExp]>([
    ['alg none', { alg: 'none' }, /its algorithm is not one of/],
    ['alg None', { alg: 'None' }, /its algorithm is not one of/],
    ['alg HS256', { alg: 'HS256' }, /its algorithm is not one of/],
    ['no alg', { alg: undefined }, /its algorithm is not one of/],
    ['a list of algs', { alg: ['ES256'] }, /its algorithm is not one of/],
    ['a critical extension', { crit: ['b64'], b64: false }, /extensions/],
    ['a key id that is not a string', { kid: 7 }, /kid must be a string/],
    ['another key id', { kid: 'other' }, /no such key/],
    ['the alg of another key', { alg: 'RS256' }, /no such key/],
    ['a key of its own', { kid: 'x', jwk: { kty: 'EC' } }, /no such key/],
  ])('A header with %s is refused.', async (_, header, reason) => {
    await expect(verify(await signJwt(rig.keys.ES256, GOOD, header))).rejects.toMatchObject(refusal(reason))
  })

  it('Only the algorithms that the issuer is configured with are accepted.', async () => {
    rig.issuer.algorithms = ['RS256']
    await expect(verify(await signJwt(rig.keys.ES256, GOOD))).rejects.toMatchObject(
      refusal(/not one of RS256/),
    )
  })

  it('A token that is signed with the public key as a secret is refused.', async () => {
    const signed = `${encode({ alg: 'HS256', kid: 'rsa' })}.${encode(GOOD)}`
    const signature = createHmac('sha256', JSON.stringify(rig.keys.RS256.published))
      .update(signed)
      .digest('base64url')
    await expect(verify(`${signed}.${signature}`)).rejects.toMatchObject(
      refusal(/its algorithm is not one of/),
    )
  })

  it('Changed claims, foreign signatures and truncated tokens are refused.', async () => {
    const jwt = await signJwt(rig.keys.RS256, GOOD)
    const [head, , tail] = jwt.split('.')
    const stranger = await makeIssuerKey('RS256', 'rsa')
    for (const [bad, reason] of [
      [`${head}.${encode({ ...GOOD, sub: 'admin' })}.${tail}`, /signature is wrong/],
      [await signJwt(stranger, GOOD), /signature is wrong/],
      [`${head}.${encode(GOOD)}.`, /signature is wrong/],
      [`${head}.${encode(GOOD)}`, /signature is wrong/],
      [`${jwt}.x`, /not a signed JWT/],
      [`${jwt}=`, /not a signed JWT/],
      ['', /not a signed JWT/],
      ['a.b.c', /not a signed JWT/],
    ] as const) {
      await expect(verify(bad)).rejects.toMatchObject(refusal(reason))
    }
  })

  it('A token without a key id is verified only if exactly one key fits.', async () => {
    const jwt = await signJwt(rig.keys.ES256, GOOD, { kid: undefined })
    await expect(verify(jwt)).resolves.toBe('login:u-1')
    const second = await makeIssuerKey('ES256', 'second')
    rig.service.answer.body = { keys: [rig.keys.ES256.published, second.published] }
    rig.issuer.jwks += '-two'
    await expect(verify(jwt)).rejects.toMatchObject(refusal(/no such key/))
  })

  it.each<[string, object]>([
    ['to encrypt with', { use: 'enc' }],
    ['for another algorithm', { alg: 'RS512' }],
    ['of another kind', { kty: 'oct', k: 'AAAA' }],
    ['that is not one', { n: '!!!' }],
  ])('A key %s is not used.', async (_, changes) => {
    rig.service.answer.body = { keys: [{ ...rig.keys.RS256.published, ...changes }, null, 'x'] }
    await expect(verify(await signJwt(rig.keys.RS256, GOOD))).rejects.toMatchObject(refusal(/no such key/))
  })

  it('An RSA key that is too short is not used.', async () => {
    const short = await makeIssuerKey('RS256', 'short', { modulusLength: 1024 })
    rig.service.answer.body = { keys: [short.published] }
    await expect(verify(await signJwt(short, GOOD))).rejects.toMatchObject(refusal(/no such key/))
  })
})
