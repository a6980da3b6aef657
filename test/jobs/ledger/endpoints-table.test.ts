import { describe, expect, it } from 'vitest'
import { insertEndpoint, noteEndpointTry } from '../../../src/jobs/ledger/endpoints-table.ts'
import { migrateLedger } from '../../../src/jobs/ledger/schema.ts'
import { memoryStorage } from '../../meter/object/memory-storage.ts'

const NOW_MS = Date.parse('2026-11-28T12:00:00Z')
const HOUR_MS = 3_600_000

/** An endpoint, and what each of its tries leads to: hours since the first, and whether it succeeded. */
function offAfter(tries: readonly (readonly [hours: number, succeeded: boolean])[]): boolean[] {
  const storage = memoryStorage()
  migrateLedger(storage, { sealAll: () => undefined })
  insertEndpoint(storage.sql, {
    id: 'ep_1',
    url: 'https://receiver.example.com/',
    events: ['*'],
    disabled: false,
    payload: 'fat',
    createdMs: NOW_MS,
    failingMs: null,
  })
  return tries.map(([hours, succeeded]) =>
    noteEndpointTry(storage.sql, 'ep_1', succeeded, NOW_MS + hours * HOUR_MS),
  )
}

describe('endpoints that are switched off', () => {
  it.each<[string, [number, boolean][], boolean]>([
    [
      'after 120 hours of failures only',
      [
        [0, false],
        [60, false],
        [120, false],
      ],
      true,
    ],
    [
      'not before',
      [
        [0, false],
        [119.9, false],
      ],
      false,
    ],
    [
      'not by one success among them',
      [
        [0, false],
        [60, true],
        [61, false],
        [130, false],
      ],
      false,
    ],
    ['not by one failure after a long silence', [[200, false]], false],
  ])('An endpoint is switched off or kept: %s.', (_, tries, isOff) => {
    expect(offAfter(tries).at(-1)).toBe(isOff)
  })
})
