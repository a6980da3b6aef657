import { describe, expect, test } from 'vitest'
import type { CacheControl } from '../../src/cache/control.ts'
import { ageSeconds, isFresh, mayServeStale, readCacheControl } from '../../src/cache/control.ts'
import { GatewayError } from '../../src/errors.ts'

const SILENT: CacheControl = { noStore: false, noCache: false, onlyIfCached: false }

describe('Cache-Control', () => {
  test.each<[string, Partial<CacheControl>]>([
    ['', {}],
    ['no-store', { noStore: true }],
    ['No-Cache', { noCache: true }],
    ['ONLY-IF-CACHED', { onlyIfCached: true }],
    ['no-cache, no-store,only-if-cached', { noCache: true, noStore: true, onlyIfCached: true }],
    [' ,, no-store ,', { noStore: true }],
    ['max-age=0', { maxAgeSeconds: 0 }],
    ['Max-Age=60', { maxAgeSeconds: 60 }],
    ['max-age="60"', { maxAgeSeconds: 60 }],
    ['max-age=60\t, no-store', { maxAgeSeconds: 60, noStore: true }],
    ['max-age=99999999999999999999', { maxAgeSeconds: 2_147_483_648 }],
    ['max-age=10, max-age=20', { maxAgeSeconds: 10 }],
    ['max-age=soon, max-age=20', { maxAgeSeconds: 20 }],
    ['max-age', {}],
    ['max-age=', {}],
    ['max-age=-1', {}],
    ['max-age=1.5', {}],
    ['max-age=1e3', {}],
    ['max-age=0x10', {}],
    ['max-age = 60', {}],
    ['s-maxage=60, x-max-age=60, max-age-x=60', {}],
    ['no-store-x, xno-cache', {}],
    ['stale-if-error=60, min-fresh=5', {}],
    ['x="no-store, no-cache", only-if-cached', { onlyIfCached: true }],
    ['x="\\", no-store, \\"", no-cache', { noCache: true }],
    ['x="never closed, no-store', {}],
    ['no-cache="set-cookie"', { noCache: true }],
    ['no store; no-cache', {}],
    ['__proto__, constructor=1', {}],
  ])('The header %j is parsed.', (value, expected) => {
    expect(readCacheControl(new Headers({ 'cache-control': value }))).toEqual({ ...SILENT, ...expected })
  })

  test('A request without the header asks for nothing.', () => {
    expect(readCacheControl(new Headers())).toEqual(SILENT)
  })

  test('Two header lines count as one list.', () => {
    const headers = new Headers([
      ['cache-control', 'no-store'],
      ['Cache-Control', 'max-age=5'],
    ])
    expect(readCacheControl(headers)).toEqual({ ...SILENT, noStore: true, maxAgeSeconds: 5 })
  })
})

describe('X-Edge-Cache-TTL', () => {
  test.each([
    ['60', 60],
    [' 3600 ', 3600],
    ['2592000', 2_592_000],
  ])('%j is a valid lifetime.', (value, ttlSeconds) => {
    expect(readCacheControl(new Headers({ 'X-Edge-Cache-TTL': value }))).toEqual({ ...SILENT, ttlSeconds })
  })

  test.each([
    '59',
    '2592001',
    '0',
    '-60',
    '+60',
    '60.0',
    '1e3',
    '0x3c',
    '60s',
    '60, 60',
    '',
    'NaN',
    'Infinity',
    '9'.repeat(400),
  ])('%j is refused with the name of the header and the range.', (value) => {
    const read = (): CacheControl => readCacheControl(new Headers({ 'X-Edge-Cache-TTL': value }))
    expect(read).toThrow(GatewayError)
    expect(read).toThrow(/X-Edge-Cache-TTL.*from 60 to 2592000\.$/)
  })
})

describe('freshness', () => {
  const entry = { storedAtMs: 1_000_000, ttlSeconds: 100 }

  test.each<[string, number, Partial<CacheControl>, boolean]>([
    ['just stored', 0, {}, true],
    ['one millisecond before its end', 99_999, {}, true],
    ['at its end', 100_000, {}, false],
    ['long after', 1_000_000_000, {}, false],
    ['no-cache', 0, { noCache: true }, false],
    ['no-store, which forbids storing only', 50_000, { noStore: true }, true],
    ['only-if-cached within the lifetime', 50_000, { onlyIfCached: true }, true],
    ['only-if-cached after it', 100_000, { onlyIfCached: true }, false],
    ['exactly as old as max-age', 10_000, { maxAgeSeconds: 10 }, true],
    ['a millisecond older than max-age', 10_001, { maxAgeSeconds: 10 }, false],
    ['max-age=0 a millisecond later', 1, { maxAgeSeconds: 0 }, false],
    ['max-age beyond the lifetime does not extend it', 100_000, { maxAgeSeconds: 1000 }, false],
    ['from the future', -5000, {}, true],
    [
      'a lifetime asked for by this request does not change what is stored',
      100_000,
      { ttlSeconds: 3600 },
      false,
    ],
  ])('Freshness follows the age and the header: %s', (_, afterMs, control, expected) => {
    expect(isFresh(entry, { ...SILENT, ...control }, entry.storedAtMs + afterMs)).toBe(expected)
  })

  test.each([
    { storedAtMs: Number.NaN, ttlSeconds: 100 },
    { storedAtMs: 1_000_000, ttlSeconds: Number.NaN },
    { storedAtMs: 1_000_000, ttlSeconds: 0 },
    { storedAtMs: 1_000_000, ttlSeconds: -1 },
  ])('A broken entry is never fresh: %j', (broken) => {
    expect(isFresh(broken, SILENT, 1_000_000)).toBe(false)
  })

  test.each([
    [0, 0],
    [999, 0],
    [1000, 1],
    [61_999, 61],
    [-5000, 0],
  ])('After %i ms the age is %i s.', (afterMs, age) => {
    expect(ageSeconds(entry, entry.storedAtMs + afterMs)).toBe(age)
  })
})

describe('mayServeStale', () => {
  const entry = { storedAtMs: 1_000_000, ttlSeconds: 60 }

  test.each<[Partial<CacheControl>, number, number, boolean]>([
    [{}, 30, 89_999, true],
    [{}, 30, 90_000, false],
    [{}, 0, 60_000, false],
    [{}, 30, -5_000, true],
    [{ onlyIfCached: true }, 30, 61_000, true],
    [{ noStore: true }, 30, 61_000, true],
    [{ noCache: true }, 30, 61_000, false],
    [{ maxAgeSeconds: 1000 }, 30, 61_000, false],
    [{ maxAgeSeconds: 0 }, 30, 61_000, false],
  ])('%j, %i s of grace, %i ms after it was stored: %s', (control, grace, afterMs, expected) => {
    const silent = { noStore: false, noCache: false, onlyIfCached: false }
    expect(mayServeStale(entry, { ...silent, ...control }, grace, entry.storedAtMs + afterMs)).toBe(expected)
  })
})
