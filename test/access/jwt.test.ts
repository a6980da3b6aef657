import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Issuer, JWT_ALGORITHMS, type JwtAlgorithm } from '../../src/access/issuers.ts'
import { verifyJwt } from '../../src/access/jwt.ts'
import {
  KEY_SET_FRESH_SECONDS,
  KEY_SET_KEPT_SECONDS,
  KEY_SET_REFETCH_SECONDS,
  KEY_SET_RETRY_SECONDS,
} from '../../src/constants.ts'
import { until } from '../harness/caller.ts'
import { encode, type IssuerKey, makeIssuerKey, signJwt } from './issuer.ts'
import { type StandIn, startStandIn } from './stand-in.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')
const NOW = NOW_MS / 1000
const good = { iss: 'https://login.example', sub: 'u-1', aud: 'chat', exp: NOW + 300 }

let service: StandIn
let keys: Record<JwtAlgorithm, IssuerKey>
let sets = 0
let issuer: Issuer

beforeAll(async () => {
  service = await startStandIn()
  keys = {
    RS256: await makeIssuerKey('RS256', 'rsa'),
    ES256: await makeIssuerKey('ES256', 'ec'),
    EdDSA: await makeIssuerKey('EdDSA', 'ed'),
  }
})

afterAll(() => service.stop())

beforeEach(() => {
  service.answer = { status: 200, body: { keys: Object.values(keys).map(({ published }) => published) } }
  service.calls = []
  service.isHanging = false
  sets += 1
  issuer = {
    name: 'login',
    issuer: 'https://login.example',
    jwks: `${service.address}/${sets}`,
    audience: 'chat',
    algorithms: [...JWT_ALGORITHMS],
  }
})

function verify(jwt: string, nowMs = NOW_MS) {
  return verifyJwt(jwt, [issuer], nowMs)
}

function refusal(reason: RegExp) {
  return { reason: 'denied', param: 'jwt', message: expect.stringMatching(reason) }
}

describe('verifyJwt', () => {
  it.each(JWT_ALGORITHMS)('names the user of a good one: %s', async (algorithm) => {
    expect(await verify(await signJwt(keys[algorithm], good))).toBe('login:u-1')
  })

  it.each<[string, object]>([
    ['an audience among others', { aud: ['a', 'chat'] }],
    ['an end in the last minute', { exp: NOW - 59 }],
    ['a beginning in the next minute', { nbf: NOW + 60, iat: NOW + 60 }],
  ])('takes %s', async (_, changes) => {
    await expect(verify(await signJwt(keys.ES256, { ...good, ...changes }))).resolves.toBe('login:u-1')
  })

  it.each<[string, object, RegExp]>([
    ['of another issuer', { iss: 'https://login.example/' }, /does not trust its issuer/],
    ['of no issuer', { iss: undefined }, /does not trust its issuer/],
    ['for another audience', { aud: 'chat2' }, /another audience/],
    ['for several other audiences', { aud: ['a', ['chat']] }, /another audience/],
    ['for nobody', { aud: undefined }, /another audience/],
    ['that has expired', { exp: NOW - 60 }, /has expired/],
    ['without an end', { exp: undefined }, /names no time/],
    ['whose end is a text', { exp: '9999999999' }, /names no time/],
    ['that begins later', { nbf: NOW + 61 }, /not valid yet/],
    ['from the future', { iat: NOW + 61 }, /not valid yet/],
    ['whose beginning is a text', { nbf: '0' }, /not valid yet/],
    ['of nobody', { sub: '' }, /names no subject/],
    ['whose subject is a number', { sub: 7 }, /names no subject/],
    ['whose subject is too long', { sub: 's'.repeat(300) }, /too long/],
  ])('refuses one %s', async (_, changes, reason) => {
    await expect(verify(await signJwt(keys.ES256, { ...good, ...changes }))).rejects.toMatchObject(
      refusal(reason),
    )
    expect(service.calls).toHaveLength(0)
  })

  it.each<[string, object, RegExp]>([
    ['alg none', { alg: 'none' }, /its algorithm is none of/],
    ['alg None', { alg: 'None' }, /its algorithm is none of/],
    ['alg HS256', { alg: 'HS256' }, /its algorithm is none of/],
    ['no alg', { alg: undefined }, /its algorithm is none of/],
    ['a list of algs', { alg: ['ES256'] }, /its algorithm is none of/],
    ['a critical extension', { crit: ['b64'], b64: false }, /extensions/],
    ['a key id that is no text', { kid: 7 }, /key id/],
    ['another key id', { kid: 'other' }, /no such key/],
    ['the alg of another key', { alg: 'RS256' }, /no such key/],
    ['a key of its own', { kid: 'x', jwk: { kty: 'EC' } }, /no such key/],
  ])('refuses a header with %s', async (_, header, reason) => {
    await expect(verify(await signJwt(keys.ES256, good, header))).rejects.toMatchObject(refusal(reason))
  })

  it('takes only the algorithms that the issuer was configured with', async () => {
    issuer.algorithms = ['RS256']
    await expect(verify(await signJwt(keys.ES256, good))).rejects.toMatchObject(refusal(/none of RS256/))
  })

  it('refuses one that is signed with the public key as a secret', async () => {
    const signed = `${encode({ alg: 'HS256', kid: 'rsa' })}.${encode(good)}`
    const signature = createHmac('sha256', JSON.stringify(keys.RS256.published))
      .update(signed)
      .digest('base64url')
    await expect(verify(`${signed}.${signature}`)).rejects.toMatchObject(refusal(/its algorithm is none of/))
  })

  it('refuses changed claims, signatures of others and half a JWT', async () => {
    const jwt = await signJwt(keys.RS256, good)
    const [head, , tail] = jwt.split('.')
    const stranger = await makeIssuerKey('RS256', 'rsa')
    for (const [bad, reason] of [
      [`${head}.${encode({ ...good, sub: 'admin' })}.${tail}`, /signature is wrong/],
      [await signJwt(stranger, good), /signature is wrong/],
      [`${head}.${encode(good)}.`, /signature is wrong/],
      [`${head}.${encode(good)}`, /signature is wrong/],
      [`${jwt}.x`, /not a signed JWT/],
      [`${jwt}=`, /not a signed JWT/],
      ['', /not a signed JWT/],
      ['a.b.c', /not a signed JWT/],
    ] as const) {
      await expect(verify(bad)).rejects.toMatchObject(refusal(reason))
    }
  })

  it('finds the key without an id only where one alone fits', async () => {
    const jwt = await signJwt(keys.ES256, good, { kid: undefined })
    await expect(verify(jwt)).resolves.toBe('login:u-1')
    const second = await makeIssuerKey('ES256', 'second')
    service.answer.body = { keys: [keys.ES256.published, second.published] }
    issuer.jwks += '-two'
    await expect(verify(jwt)).rejects.toMatchObject(refusal(/no such key/))
  })

  it.each<[string, object]>([
    ['to encrypt with', { use: 'enc' }],
    ['for another algorithm', { alg: 'RS512' }],
    ['of another kind', { kty: 'oct', k: 'AAAA' }],
    ['that is not one', { n: '!!!' }],
  ])('does not use a key %s', async (_, changes) => {
    service.answer.body = { keys: [{ ...keys.RS256.published, ...changes }, null, 'x'] }
    await expect(verify(await signJwt(keys.RS256, good))).rejects.toMatchObject(refusal(/no such key/))
  })

  it('does not use an RSA key that is too short', async () => {
    const short = await makeIssuerKey('RS256', 'short', { modulusLength: 1024 })
    service.answer.body = { keys: [short.published] }
    await expect(verify(await signJwt(short, good))).rejects.toMatchObject(refusal(/no such key/))
  })
})

describe('the keys of an issuer', () => {
  const minute = 1000 * KEY_SET_REFETCH_SECONDS

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] })
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  it('are fetched once for their time', async () => {
    const jwt = await signJwt(keys.ES256, { ...good, exp: NOW + 3600 })
    for (let count = 0; count < 5; count++) await verify(jwt, NOW_MS + count * minute)
    expect(service.calls).toHaveLength(1)
    await verify(jwt, NOW_MS + 1000 * KEY_SET_FRESH_SECONDS)
    expect(service.calls).toHaveLength(2)
  })

  it('are asked for again for a new id, at most once a minute', async () => {
    const next = await makeIssuerKey('ES256', 'next')
    const jwt = await signJwt(next, { ...good, exp: NOW + 3600 })
    await expect(verify(jwt)).rejects.toMatchObject(refusal(/no such key/))
    service.answer.body = { keys: [next.published] }
    for (let count = 0; count < 20; count++) {
      await expect(verify(jwt, NOW_MS + minute - 1)).rejects.toMatchObject(refusal(/no such key/))
    }
    expect(service.calls).toHaveLength(1)
    expect(await verify(jwt, NOW_MS + minute)).toBe('login:u-1')
    expect(service.calls).toHaveLength(2)
  })

  it.each<[string, StandIn['answer']]>([
    ['with an error', { status: 500, body: { keys: [] } }],
    ['with no JSON', { status: 200, body: '<html>' }],
    ['with no keys', { status: 200, body: {} }],
    ['with null', { status: 200, body: null }],
    ['with another address', { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }],
  ])('that come %s make it 503', async (_, answer) => {
    service.answer = answer
    await expect(verify(await signJwt(keys.ES256, good))).rejects.toMatchObject({
      reason: 'unavailable',
      headers: { 'retry-after': '5' },
    })
  })

  it('stay good while no newer ones come, for a day, and the issuer is asked once a minute', async () => {
    const claims = { ...good, exp: NOW + 2 * KEY_SET_KEPT_SECONDS }
    const jwt = await signJwt(keys.ES256, claims)
    const invented = await signJwt(keys.ES256, claims, { kid: 'invented' })
    await verify(jwt)
    service.answer = { status: 500, body: {} }
    for (const ageMs of [1000 * KEY_SET_FRESH_SECONDS, 1000 * (KEY_SET_KEPT_SECONDS - 61)]) {
      service.calls = []
      for (let count = 0; count < 5; count++) {
        expect(await verify(jwt, NOW_MS + ageMs + count)).toBe('login:u-1')
        await expect(verify(invented, NOW_MS + ageMs + count)).rejects.toMatchObject(refusal(/no such key/))
      }
      expect(service.calls).toHaveLength(1)
      expect(await verify(jwt, NOW_MS + ageMs + minute)).toBe('login:u-1')
      expect(service.calls).toHaveLength(2)
    }
    const dayMs = NOW_MS + 1000 * KEY_SET_KEPT_SECONDS
    await expect(verify(jwt, dayMs)).rejects.toMatchObject({ reason: 'unavailable' })
    service.answer = { status: 200, body: { keys: [keys.ES256.published] } }
    expect(await verify(jwt, dayMs + minute)).toBe('login:u-1')
  })

  it('that never came are asked for again after a moment, and not by each mint', async () => {
    const jwt = await signJwt(keys.ES256, good)
    service.answer = { status: 500, body: {} }
    for (let count = 0; count < 5; count++) {
      await expect(verify(jwt, NOW_MS + count)).rejects.toMatchObject({ reason: 'unavailable' })
    }
    expect(service.calls).toHaveLength(1)
    service.answer = { status: 200, body: { keys: [keys.ES256.published] } }
    expect(await verify(jwt, NOW_MS + 1000 * KEY_SET_RETRY_SECONDS)).toBe('login:u-1')
  })

  it('that hang are asked for by one mint, and the pause begins when it has failed', async () => {
    // The others wait for that one's answer; here their time is over at once.
    vi.stubGlobal('scheduler', { wait: async () => undefined })
    const jwt = await signJwt(keys.ES256, good)
    service.isHanging = true
    const first = expect(verify(jwt)).rejects.toMatchObject({ reason: 'unavailable' })
    await until('the issuer to be asked', () => service.calls.length === 1)
    for (let count = 0; count < 20; count++) {
      await expect(verify(jwt, NOW_MS + count)).rejects.toMatchObject({ reason: 'unavailable' })
    }
    vi.setSystemTime(NOW_MS + 4000)
    service.hangUp()
    await first
    const pauseMs = 1000 * KEY_SET_RETRY_SECONDS
    await expect(verify(jwt, NOW_MS + 4000 + pauseMs - 1)).rejects.toMatchObject({ reason: 'unavailable' })
    expect(service.calls).toHaveLength(1)
    service.isHanging = false
    expect(await verify(jwt, NOW_MS + 4000 + pauseMs)).toBe('login:u-1')
  })

  it('are fetched once for all who come while the first fetch is on its way', async () => {
    vi.stubGlobal('scheduler', { wait: () => new Promise(() => undefined) })
    const jwt = await signJwt(keys.ES256, good)
    const names = await Promise.all(Array.from({ length: 20 }, () => verify(jwt)))
    expect(new Set(names)).toEqual(new Set(['login:u-1']))
    expect(service.calls).toHaveLength(1)
  })

  it('let everybody in by the last set while newer ones hang', async () => {
    const jwt = await signJwt(keys.ES256, { ...good, exp: NOW + 3600 })
    await verify(jwt)
    service.isHanging = true
    const staleMs = NOW_MS + 1000 * KEY_SET_FRESH_SECONDS
    const first = verify(jwt, staleMs)
    await until('the issuer to be asked', () => service.calls.length === 2)
    for (let count = 0; count < 20; count++) expect(await verify(jwt, staleMs + count)).toBe('login:u-1')
    service.hangUp()
    expect(await first).toBe('login:u-1')
    expect(service.calls).toHaveLength(2)
  })

  it('that cannot be reached make it 503', async () => {
    issuer.jwks = 'http://127.0.0.1:1/jwks'
    await expect(verify(await signJwt(keys.ES256, good))).rejects.toMatchObject({ reason: 'unavailable' })
  })
})
