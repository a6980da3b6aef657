import { describe, expect, it } from 'vitest'
import {
  gapMs,
  isGone,
  mostUnderWay,
  nextPollMs,
  rateNow,
  readPoll,
  type Watched,
} from '../../src/jobs/poll.ts'

const task: Watched = { kind: 'task', polls: 0, unknown: 0, createdMs: 0, nudged: false }

describe('test 8: the pace of lookups', () => {
  it.each([
    ['2 s after the first', { ...task, polls: 0 }, 1, 2000],
    ['4 s after the second', { ...task, polls: 1 }, 1, 4000],
    ['30 s after many', { ...task, polls: 50 }, 1, 30_000],
    ['later where more tasks are due than the rate allows', { ...task, polls: 0 }, 3000, 300_000],
    ['60 s later where EventBridge reports ends', { ...task, nudged: true }, 1, 60_000],
  ])('The next lookup of a task is %s', (_, watched, due, delayMs) => {
    expect(nextPollMs(watched, due, 10, 1000)).toBe(1000 + delayMs)
  })

  it.each([
    ['the configured rate', 0, 0, 10],
    ['half of it after a 429', 2000, 0, 5],
    ["what clients' own look-ups leave", 0, 15, 5],
    ['one if they leave nothing', 0, 40, 1],
  ])('The rate of lookups is %s', (_, slowUntilMs, lookups, rate) => {
    expect(rateNow(10, slowUntilMs, lookups, 1000)).toBe(rate)
  })

  it.each([5, 10, 15, 20])(
    'A second of %i lookups leaves room for those that arrive late together.',
    (perSecond) => {
      const paced = Math.floor(1000 / gapMs(perSecond))
      expect(paced + mostUnderWay(perSecond)).toBeLessThanOrEqual(perSecond)
      expect(mostUnderWay(perSecond)).toBeGreaterThan(0)
    },
  )

  it.each([
    [200, 'SUCCEEDED', { kind: 'ended', status: 'SUCCEEDED' }],
    [200, 'FAILED', { kind: 'ended', status: 'FAILED' }],
    [200, 'CANCELED', { kind: 'ended', status: 'CANCELED' }],
    [200, 'RUNNING', { kind: 'running', status: 'RUNNING' }],
    [200, 'UNKNOWN', { kind: 'unknown' }],
    [404, undefined, { kind: 'unknown' }],
    [429, undefined, { kind: 'throttled' }],
    [500, undefined, { kind: 'failed' }],
    [200, undefined, { kind: 'failed' }],
  ])('The status %i with %s is read.', (status, taskStatus, result) => {
    expect(readPoll(status, taskStatus, 'task')).toEqual(result)
  })

  it('A task that is unknown twice or older than 26 hours is given up.', () => {
    expect(isGone({ ...task, unknown: 1 }, 0)).toBe(false)
    expect(isGone({ ...task, unknown: 2 }, 0)).toBe(true)
    expect(isGone(task, 26 * 3_600_000)).toBe(false)
    expect(isGone(task, 26 * 3_600_000 + 1)).toBe(true)
  })
})
