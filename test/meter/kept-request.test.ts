import { describe, expect, it } from 'vitest'
import { UTC } from '../../src/lib/calendar.ts'
import { bytesOf } from '../../src/lib/json/utf8.ts'
import { type KeptRequest, keptText, MAX_KEPT_BYTES } from '../../src/meter/kept-request.ts'
import { keepRequests, nextKeptEndMs, pruneKept, withKept } from '../../src/meter/object/kept-requests.ts'
import { UsageSums, usageSumOf } from '../../src/meter/usage-sum.ts'
import { migratedStorage } from './object/memory-storage.ts'
import { NOON_MS, settlement } from './rig.ts'

const DAY_MS = 86_400_000
const LONG = MAX_KEPT_BYTES

function kept(number: number): KeptRequest {
  return { id: `r-${number}`, atMs: NOON_MS + number, body: { text: `body ${number}` } }
}

function stored(sql: SqlStorage, count: number, nowMs = NOON_MS): string[] {
  const rows = Array.from({ length: count }, (_, index) => ({ seq: index + 1, id: `r-${index + 1}` }))
  return withKept(sql, rows, 'marked', nowMs).flatMap(({ id, has_body }) => (has_body ? [String(id)] : []))
}

describe('the text that is kept', () => {
  it.each([
    ['a short text', 'short', { text: 'short' }],
    ['a text of the longest size', 'x'.repeat(LONG), { text: 'x'.repeat(LONG) }],
    ['a longer one', `${'x'.repeat(LONG)}y`, { text: 'x'.repeat(LONG), cut: true }],
    [
      'one that is cut within a character',
      `${'x'.repeat(LONG - 2)}密`,
      { text: 'x'.repeat(LONG - 2), cut: true },
    ],
    [
      'one that is cut within a credential',
      `${' '.repeat(LONG - 6)}sk-0123456789abcdef`,
      { text: `${' '.repeat(LONG - 6)}sk-…`, cut: true },
    ],
  ])('The beginning of a body is kept: %s.', (_, text, expected) => {
    expect(keptText(bytesOf(text), 'beginning')).toEqual(expected)
  })

  it.each([
    ['a short stream', 'short', { text: 'short' }],
    ['a longer one', `y${' x'.repeat(LONG / 2)}`, { text: ' x'.repeat(LONG / 2), cut: true }],
    [
      'one that is cut within a character',
      `密${' '.repeat(LONG - 2)}`,
      { text: ' '.repeat(LONG - 2), cut: true },
    ],
    [
      'one that is cut within a credential',
      `sk-0123456789abcdef${' '.repeat(LONG - 6)}`,
      { text: ' '.repeat(LONG - 6), cut: true },
    ],
  ])('The end of a stream is kept: %s.', (_, text, expected) => {
    expect(keptText(bytesOf(text), 'end')).toEqual(expected)
  })

  it('Nothing is kept of sound and pictures.', () => {
    expect(keptText(Uint8Array.of(0xff, 0xd8, 0xff), 'beginning')).toBeUndefined()
  })
})

describe('the requests that are kept of a key', () => {
  it('The newest 50 are kept, whether they come one by one or together.', () => {
    const all = Array.from({ length: 60 }, (_, index) => kept(index + 1))
    const [one, together, mixed] = [migratedStorage(), migratedStorage(), migratedStorage()]
    for (const each of all) keepRequests(one.sql, [each])
    keepRequests(together.sql, all.toReversed())
    keepRequests(mixed.sql, all.slice(0, 30))
    keepRequests(mixed.sql, all.slice(30))
    const newest = all.slice(10).map(({ id }) => id)
    for (const { sql } of [one, together, mixed]) expect(stored(sql, 60)).toEqual(newest)
  })

  it('They are hidden after 24 hours, and deleted by the next write or sweep.', () => {
    const { sql } = migratedStorage()
    const count = () => sql.exec('SELECT 1 FROM kept_requests').toArray().length
    keepRequests(sql, [kept(1), kept(2)])
    expect(nextKeptEndMs(sql)).toBe(NOON_MS + 1 + DAY_MS)
    expect(stored(sql, 2, NOON_MS + DAY_MS)).toEqual(['r-1', 'r-2'])
    expect(stored(sql, 2, NOON_MS + 1 + DAY_MS)).toEqual(['r-2'])
    pruneKept(sql, NOON_MS + 1 + DAY_MS)
    expect(count()).toBe(1)
    keepRequests(sql, [kept(3 + DAY_MS)])
    expect(count()).toBe(1)
    pruneKept(sql, NOON_MS + 3 + 2 * DAY_MS)
    expect(nextKeptEndMs(sql)).toBeUndefined()
  })

  it('The texts are read only where they are asked for.', () => {
    const { sql } = migratedStorage()
    const row = { seq: 1, id: 'r-1' }
    keepRequests(sql, [{ ...kept(1), answer: { text: 'answer', cut: true } }])
    const read = (bodies?: 'marked' | 'whole') => withKept(sql, [row], bodies, NOON_MS)
    expect(read()).toEqual([row])
    expect(read('marked')).toEqual([{ ...row, has_body: true }])
    const texts = { body: { text: 'body 1' }, answer: { text: 'answer', cut: true } }
    expect(read('whole')).toEqual([{ ...row, has_body: true, ...texts }])
  })

  it('An isolate sends no more than are kept.', () => {
    const sums = new UsageSums()
    for (let number = 1; number <= 60; number++) {
      sums.add(usageSumOf(settlement({ kept: kept(number) }), UTC))
    }
    const sent = sums.all().flatMap(({ kept = [] }) => kept)
    expect(sent.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, index) => `r-${index + 11}`))
  })
})
