import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  KEY_SET_FRESH_SECONDS,
  KEY_SET_KEPT_SECONDS,
  KEY_SET_REFETCH_SECONDS,
  KEY_SET_RETRY_SECONDS,
} from '../../src/auth/jwks.ts'
import { until } from '../harness/caller.ts'
import { makeIssuerKey, signJwt } from './issuer.ts'
import type { StandIn } from './stand-in.ts'
import { GOOD, NOW, NOW_MS, refusal, useIssuer } from './use-issuer.ts'

const rig = useIssuer()
const { verify } = rig

describe('the keys of an issuer', () => {
  const minute = 1000 * KEY_SET_REFETCH_SECONDS

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] })
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  it('The keys are fetched once and reused for their lifetime.', async () => {
    const jwt = await signJwt(rig.keys.ES256, { ...GOOD, exp: NOW + 3600 })
    for (let count = 0; count < 5; count++) await verify(jwt, NOW_MS + count * minute)
    expect(rig.service.calls).toHaveLength(1)
    await verify(jwt, NOW_MS + 1000 * KEY_SET_FRESH_SECONDS)
    expect(rig.service.calls).toHaveLength(2)
  })

  it('The keys are fetched again for an unknown key id, at most once a minute.', async () => {
    const next = await makeIssuerKey('ES256', 'next')
    const jwt = await signJwt(next, { ...GOOD, exp: NOW + 3600 })
    await expect(verify(jwt)).rejects.toMatchObject(refusal(/no such key/))
    rig.service.answer.body = { keys: [next.published] }
    for (let count = 0; count < 20; count++) {
      await expect(verify(jwt, NOW_MS + minute - 1)).rejects.toMatchObject(refusal(/no such key/))
    }
    expect(rig.service.calls).toHaveLength(1)
    expect(await verify(jwt, NOW_MS + minute)).toBe('login:u-1')
    expect(rig.service.calls).toHaveLength(2)
  })

  it.each<[string, StandIn['answer']]>([
    ['with an error', { status: 500, body: { keys: [] } }],
    ['with no JSON', { status: 200, body: '<html>' }],
    ['with no keys', { status: 200, body: {} }],
    ['with null', { status: 200, body: null }],
    ['with another address', { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }],
  ])('Keys that come %s lead to a 503.', async (_, response) => {
    rig.service.answer = response
    await expect(verify(await signJwt(rig.keys.ES256, GOOD))).rejects.toMatchObject({
      reason: 'unavailable',
      headers: { 'retry-after': '5' },
    })
  })

  it('If no newer keys can be fetched, the old ones stay valid for a day and the issuer is asked once a minute.', async () => {
    const claims = { ...GOOD, exp: NOW + 2 * KEY_SET_KEPT_SECONDS }
    const jwt = await signJwt(rig.keys.ES256, claims)
    const invented = await signJwt(rig.keys.ES256, claims, { kid: 'invented' })
    await verify(jwt)
    rig.service.answer = { status: 500, body: {} }
    for (const ageMs of [1000 * KEY_SET_FRESH_SECONDS, 1000 * (KEY_SET_KEPT_SECONDS - 61)]) {
      rig.service.calls = []
      for (let count = 0; count < 5; count++) {
        expect(await verify(jwt, NOW_MS + ageMs + count)).toBe('login:u-1')
        await expect(verify(invented, NOW_MS + ageMs + count)).rejects.toMatchObject(refusal(/no such key/))
      }
      expect(rig.service.calls).toHaveLength(1)
      expect(await verify(jwt, NOW_MS + ageMs + minute)).toBe('login:u-1')
      expect(rig.service.calls).toHaveLength(2)
    }
    const dayMs = NOW_MS + 1000 * KEY_SET_KEPT_SECONDS
    await expect(verify(jwt, dayMs)).rejects.toMatchObject({ reason: 'unavailable' })
    rig.service.answer = { status: 200, body: { keys: [rig.keys.ES256.published] } }
    expect(await verify(jwt, dayMs + minute)).toBe('login:u-1')
  })

  it('After a first fetch that failed, the keys are fetched again after a pause, not for each mint.', async () => {
    const jwt = await signJwt(rig.keys.ES256, GOOD)
    rig.service.answer = { status: 500, body: {} }
    for (let count = 0; count < 5; count++) {
      await expect(verify(jwt, NOW_MS + count)).rejects.toMatchObject({ reason: 'unavailable' })
    }
    expect(rig.service.calls).toHaveLength(1)
    rig.service.answer = { status: 200, body: { keys: [rig.keys.ES256.published] } }
    expect(await verify(jwt, NOW_MS + 1000 * KEY_SET_RETRY_SECONDS)).toBe('login:u-1')
  })

  it('Only one mint waits for keys that do not arrive, and the pause starts when it has failed.', async () => {
    // The others wait for that one's answer; here their time is over at once.
    vi.stubGlobal('scheduler', { wait: async () => undefined })
    const jwt = await signJwt(rig.keys.ES256, GOOD)
    rig.service.isHanging = true
    const first = expect(verify(jwt)).rejects.toMatchObject({ reason: 'unavailable' })
    await until('the issuer to be asked', () => rig.service.calls.length === 1)
    for (let count = 0; count < 20; count++) {
      await expect(verify(jwt, NOW_MS + count)).rejects.toMatchObject({ reason: 'unavailable' })
    }
    vi.setSystemTime(NOW_MS + 4000)
    rig.service.hangUp()
    await first
    const pauseMs = 1000 * KEY_SET_RETRY_SECONDS
    await expect(verify(jwt, NOW_MS + 4000 + pauseMs - 1)).rejects.toMatchObject({ reason: 'unavailable' })
    expect(rig.service.calls).toHaveLength(1)
    rig.service.isHanging = false
    expect(await verify(jwt, NOW_MS + 4000 + pauseMs)).toBe('login:u-1')
  })

  it('Mints that arrive during the first fetch share it.', async () => {
    vi.stubGlobal('scheduler', { wait: () => new Promise(() => undefined) })
    const jwt = await signJwt(rig.keys.ES256, GOOD)
    const names = await Promise.all(Array.from({ length: 20 }, () => verify(jwt)))
    expect(new Set(names)).toEqual(new Set(['login:u-1']))
    expect(rig.service.calls).toHaveLength(1)
  })

  it('While newer keys do not arrive, the last set keeps working.', async () => {
    const jwt = await signJwt(rig.keys.ES256, { ...GOOD, exp: NOW + 3600 })
    await verify(jwt)
    rig.service.isHanging = true
    const staleMs = NOW_MS + 1000 * KEY_SET_FRESH_SECONDS
    const first = verify(jwt, staleMs)
    await until('the issuer to be asked', () => rig.service.calls.length === 2)
    for (let count = 0; count < 20; count++) expect(await verify(jwt, staleMs + count)).toBe('login:u-1')
    rig.service.hangUp()
    expect(await first).toBe('login:u-1')
    expect(rig.service.calls).toHaveLength(2)
  })

  it('If the keys cannot be fetched, the response is 503.', async () => {
    rig.issuer.jwks = 'http://127.0.0.1:1/jwks'
    await expect(verify(await signJwt(rig.keys.ES256, GOOD))).rejects.toMatchObject({ reason: 'unavailable' })
  })
})
