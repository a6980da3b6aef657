import { describe, expect, it } from 'vitest'
import { changedRecord, makeKeyId, newRecord } from '../../src/keys/new-record.ts'
import type { KeyRecord } from '../../src/policy/key-record.ts'
import { isKeyId } from '../../src/policy/key-record.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')

describe('makeKeyId', () => {
  it('Newer ids sort first.', () => {
    const ids = [NOW_MS, NOW_MS + 1, NOW_MS + 1000, Date.parse('2400-01-01T00:00:00Z')].map(makeKeyId)
    expect(ids.every(isKeyId)).toBe(true)
    expect([...ids].sort()).toEqual([...ids].reverse())
  })

  it('Ids that are made in one millisecond differ.', () => {
    expect(makeKeyId(NOW_MS)).not.toBe(makeKeyId(NOW_MS))
  })
})

describe('isKeyId', () => {
  it.each([
    '',
    'key_',
    'key_0123456789ABCDEF',
    'key_0123456789abcdef0',
    'key_0123456789abcdef\n',
    '__proto__',
  ])('%j is not a key id.', (text) => {
    expect(isKeyId(text)).toBe(false)
  })
})

describe('newRecord', () => {
  it('A new record holds the given fields and no others.', () => {
    expect(newRecord('key_1', { name: 'n', origins: [] }, 7, NOW_MS)).toEqual({
      id: 'key_1',
      name: 'n',
      created_at: '2026-11-24T12:00:00.000Z',
      origins: [],
      cache_generation: 7,
    })
  })

  it.each(['2026-11-24T12:00:00Z', '2026-11-24T19:59:59+08:00'])(
    'A new record may not expire at %s',
    (expires_at) => {
      expect(() => newRecord('key_1', { name: 'n', expires_at }, 0, NOW_MS)).toThrow(
        `expires_at: expected a time in the future, got ${expires_at}.`,
      )
    },
  )
})

describe('changedRecord', () => {
  const record: KeyRecord = {
    id: 'key_1',
    name: 'n',
    created_at: '2026-01-01T00:00:00.000Z',
    models: ['qwen-*'],
    cache: { scope: 'team', ttl_seconds: 60 },
    cache_generation: 3,
  }

  it('A change keeps the fields that it does not name and never alters the original.', () => {
    const before = structuredClone(record)
    expect(changedRecord(record, {}, NOW_MS)).toEqual(before)
    changedRecord(record, { name: 'm', models: null }, NOW_MS)
    expect(record).toEqual(before)
  })

  it('A change replaces, adds and removes fields.', () => {
    const change = { name: 'm', models: null, endpoints: ['responses'], cache: { enabled: false } }
    expect(changedRecord(record, change, NOW_MS)).toEqual({
      id: 'key_1',
      name: 'm',
      created_at: '2026-01-01T00:00:00.000Z',
      endpoints: ['responses'],
      cache: { enabled: false },
      cache_generation: 3,
    })
  })

  it('A changed record may not expire in the past.', () => {
    expect(() => changedRecord(record, { expires_at: '2020-01-01T00:00:00Z' }, NOW_MS)).toThrow(
      /^expires_at: /,
    )
  })
})
