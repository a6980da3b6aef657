import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { CacheEntry } from '../../src/cache/entry.ts'
import {
  MAX_REMEMBERED_RESPONSE_BYTES,
  RESPONSE_MEMORY_BYTES,
  RESPONSE_MEMORY_SECONDS,
} from '../../src/cache/memory.ts'

const NOW = 1_700_000_000_000
const LARGE = MAX_REMEMBERED_RESPONSE_BYTES
/** More large answers than there is room for. */
const MANY = RESPONSE_MEMORY_BYTES / LARGE + 1

let memory: typeof import('../../src/cache/memory.ts')
beforeEach(async () => {
  vi.resetModules()
  memory = await import('../../src/cache/memory.ts')
})

function entry(size: number, storedAtMs = NOW): CacheEntry {
  return { metadata: { storedAtMs, ttlSeconds: 3600, headers: [] }, body: new Uint8Array(size) }
}

function held(names: string[], nowMs = NOW): string[] {
  return names.filter((name) => memory.recallEntry(name, nowMs) !== undefined)
}

describe('responses that an isolate remembers', () => {
  it('Responses come back unchanged, and only for their own key.', () => {
    const response = entry(10)
    memory.rememberEntry('a', response, NOW)
    expect(memory.recallEntry('a', NOW)).toBe(response)
    expect(memory.recallEntry('b', NOW)).toBeUndefined()
  })

  it('P7 Keys with the same fingerprint never share a response.', () => {
    // As in Java's hash of strings, which the fingerprint resembles.
    memory.rememberEntry('Aa', entry(10), NOW)
    expect(held(['Aa', 'BB'])).toEqual(['Aa'])
    memory.rememberEntry('BB', entry(10), NOW)
    expect(held(['Aa', 'BB'])).toEqual(['BB'])
  })

  it('Responses are remembered for a minute, however often they are requested.', () => {
    memory.rememberEntry('a', entry(10), NOW)
    const end = NOW + 1000 * RESPONSE_MEMORY_SECONDS
    expect(held(['a'], end - 1)).toEqual(['a'])
    expect(held(['a'], end)).toEqual([])
    expect(held(['a'], end - 1)).toEqual([])
  })

  it('A later response replaces an earlier one, never the other way round.', () => {
    const [early, late] = [entry(10, NOW), entry(10, NOW + 5)]
    memory.rememberEntry('a', early, NOW)
    memory.rememberEntry('a', late, NOW)
    memory.rememberEntry('a', early, NOW)
    expect(memory.recallEntry('a', NOW)).toBe(late)
  })

  it('If the later response is too large, the earlier one is forgotten because it is no longer valid.', () => {
    memory.rememberEntry('a', entry(10), NOW)
    memory.rememberEntry('a', entry(LARGE + 1, NOW + 5), NOW)
    expect(held(['a'])).toEqual([])
  })

  it('The most recently used responses are kept when room is short.', () => {
    const names = Array.from({ length: MANY }, (_, index) => `large ${index}`)
    memory.rememberEntry('small', entry(10), NOW)
    for (const name of names) {
      memory.recallEntry('small', NOW)
      memory.rememberEntry(name, entry(LARGE), NOW)
    }
    expect(held(['small', ...names])).toEqual(['small', ...names.slice(2)])
  })

  it('Responses are evicted when their time is over, so that memory holds at most a minute of them.', () => {
    memory.rememberEntry('old', entry(10), NOW)
    memory.rememberEntry('new', entry(10), NOW + 1000 * RESPONSE_MEMORY_SECONDS)
    expect(held(['old', 'new'])).toEqual(['new'])
  })

  it('Responses give their room back when they are replaced or expire.', () => {
    for (let times = 0; times < 3 * MANY; times++) memory.rememberEntry('a', entry(LARGE, NOW + times), NOW)
    memory.recallEntry('a', NOW + 1000 * RESPONSE_MEMORY_SECONDS)
    const names = Array.from({ length: MANY - 2 }, (_, index) => `large ${index}`)
    for (const name of names) memory.rememberEntry(name, entry(LARGE), NOW)
    expect(held(names)).toEqual(names)
  })
})
