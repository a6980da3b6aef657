import { describe, expect, it } from 'vitest'
import { fileFilterOf } from '../../src/ownership/file-filter.ts'

/** Noon of 6 March 2025 in Beijing. */
const NOON = Date.UTC(2025, 2, 6, 4) / 1000
const belongs = (query: string, file: Record<string, unknown>) =>
  fileFilterOf(new URLSearchParams(query))(file)

describe('fileFilterOf', () => {
  it.each([
    ['', 'batch', true],
    ['purpose=batch', 'batch', true],
    ['purpose=batch', 'file-extract', false],
    ['purpose=batch', undefined, false],
    ['purpose=', 'batch', true],
  ])('Whether %j lists a file for %j is %j', (query, purpose, expected) => {
    expect(belongs(query, { purpose })).toBe(expected)
  })

  it.each([
    ['create_after=20250306120000', NOON, true],
    ['create_after=20250306120001', NOON, false],
    ['create_after=2025-03-06 12:00:00', NOON, true],
    ['create_after=2025-03-06+12:00:01', NOON, false],
    ['create_after=20250306', NOON, true],
    ['create_after=20250307', NOON, false],
    ['create_after=2025-03-06', NOON - 12 * 3600, true],
    ['create_after=2025-03-06', NOON - 12 * 3600 - 1, false],
    ['create_before=20250306120000', NOON, true],
    ['create_before=20250306115959', NOON, false],
    ['create_before=2025-03-07', NOON, true],
    ['create_before=2025-03-06', NOON, false],
    ['create_after=20250306&create_before=20250307', NOON, true],
    ['create_after=20250306&create_before=20250307', NOON + 24 * 3600, false],
    ['create_after=20250306&purpose=batch', NOON, false],
    ['create_after=20250306', undefined, false],
    ['create_after=', NOON, true],
  ])('Whether %j lists a file of %j is %j', (query, created_at, expected) => {
    expect(belongs(query, { created_at, purpose: 'file-extract' })).toBe(expected)
  })

  it.each([
    'yesterday',
    '2025',
    '1741233600',
    '20251306',
    '2025-03-06T12:00:00',
    '2025-0306',
    '2025-03-06 25:00:00',
  ])('The date %j is refused.', (date) => {
    expect(() => fileFilterOf(new URLSearchParams({ create_before: date }))).toThrow(
      expect.objectContaining({
        reason: 'invalid',
        param: 'create_before',
        message: expect.stringContaining('create_before: expected a date in Beijing time as yyyyMMddHHmmss'),
      }),
    )
  })
})
