import { describe, expect, it } from 'vitest'
import { nextTryMs } from '../../src/jobs/schedule.ts'

const RETRIES = [5, 300, 1800, 7200, 18_000, 36_000, 36_000]
const NOW_MS = 1_795_824_000_000

function next(tries: number, more: { retryAfterMs?: number; random?: number } = {}): number | undefined {
  const { retryAfterMs, random = 0.5 } = more
  return nextTryMs({ tries, retries: RETRIES, nowMs: NOW_MS, retryAfterMs, random })
}

describe('test 6: the schedule of attempts', () => {
  it.each([
    [1, 5],
    [2, 300],
    [3, 1800],
    [4, 7200],
    [5, 18_000],
    [6, 36_000],
    [7, 36_000],
  ])('The wait after attempt %i is %i seconds, 20 %% more or less.', (tries, seconds) => {
    expect(next(tries)).toBe(NOW_MS + seconds * 1000)
    expect(next(tries, { random: 0 })).toBe(NOW_MS + seconds * 800)
    expect(next(tries, { random: 1 })).toBe(NOW_MS + seconds * 1200)
  })

  it('There is no attempt after the eighth.', () => {
    expect(next(8)).toBeUndefined()
    expect(next(8, { retryAfterMs: 1000 })).toBeUndefined()
  })

  it.each([
    ['obeys a Retry-After of seconds', 30_000, NOW_MS + 30_000],
    ['obeys a Retry-After of 24 hours', 86_400_000, NOW_MS + 86_400_000],
    ['passes over a Retry-After of more than 24 hours', 86_401_000, NOW_MS + 5000],
  ])('The schedule %s', (_, retryAfterMs, expected) => {
    expect(next(1, { retryAfterMs })).toBe(expected)
  })
})
