import { describe, expect, it } from 'vitest'
import { UTC } from '../../../src/lib/calendar.ts'
import type { Reservation, TokenBudget } from '../../../src/meter/metering.ts'
import { type Counted, decide } from '../../../src/meter/object/limits.ts'
import { NOTHING_SPENT } from '../../../src/meter/spent.ts'
import type { Limits } from '../../../src/policy/key-record.ts'
import { NOON_MS, reservation } from '../rig.ts'

const NOTHING: Omit<Counted, 'periods'> = {
  minute: [],
  renewals: 0,
  minuteTokens: 0,
  inFlight: 0,
  day: NOTHING_SPENT,
  month: NOTHING_SPENT,
  session: { requests: 0, tokens: 0 },
}

/** A log of requests so many seconds ago, oldest first, with their tokens. */
function minute(
  ...entries: [secondsAgo: number, tokens: number][]
): Pick<Counted, 'minute' | 'minuteTokens'> {
  return {
    minute: entries.map(([secondsAgo, tokens], index) => ({
      id: String(index),
      atMs: NOON_MS - secondsAgo * 1000,
      tokens,
    })),
    minuteTokens: entries.reduce((sum, [, tokens]) => sum + tokens, 0),
  }
}

/** What was spoken and heard today. */
function spoken(spent: Partial<Counted['day']>): Pick<Counted, 'day'> {
  return { day: { ...NOTHING_SPENT, ...spent } }
}

function judge(
  limits: Limits,
  counted: Partial<Counted> = {},
  asked: Partial<Reservation> = {},
  budget?: TokenBudget,
) {
  const asking = reservation(asked)
  const periods = UTC.periodsAt(asking.nowMs)
  return decide(limits, budget, { ...NOTHING, periods, ...counted }, asking)
}

describe('a decision', () => {
  it('Without limits every request passes and there is nothing to report.', () => {
    expect(judge({}, minute([1, 1e9]), { tokens: 1e9, money: 1e12 })).toEqual({ allowed: true, states: [] })
  })

  it('A request waits for the oldest request of the minute, not for a renewal.', () => {
    const requests = minute([30, 1], [20, 1], [10, 1])
    const [renewal, ...others] = requests.minute
    if (!renewal) throw new Error('The minute must have entries.')
    const counted = { ...requests, minute: [{ ...renewal, id: 'before/1' }, ...others], renewals: 1 }
    expect(judge({ requests_per_minute: 3 }, counted)).toMatchObject({ allowed: true })
    expect(judge({ requests_per_minute: 2 }, counted)).toMatchObject({ retryAfterSeconds: 40 })
  })

  it.each<[string, Limits, Partial<Counted>, Partial<Reservation>, boolean]>([
    ['the last request of a minute', { requests_per_minute: 2 }, minute([1, 1]), {}, true],
    ['one request too many', { requests_per_minute: 2 }, minute([2, 1], [1, 1]), {}, false],
    ['a limit of no requests', { requests_per_minute: 0 }, {}, {}, false],
    ['the last token of a minute', { tokens_per_minute: 30 }, minute([1, 20]), { tokens: 10 }, true],
    ['one token too many', { tokens_per_minute: 30 }, minute([1, 20]), { tokens: 11 }, false],
    ['the last place in flight', { requests_in_flight: 2 }, { inFlight: 1 }, {}, true],
    ['no place in flight', { requests_in_flight: 2 }, { inFlight: 2 }, {}, false],
    ['the last token of a day', { tokens_per_day: 30 }, { day: { ...NOTHING_SPENT, tokens: 20 } }, {}, true],
    [
      'one token too many a day',
      { tokens_per_day: 30 },
      { day: { ...NOTHING_SPENT, tokens: 21 } },
      {},
      false,
    ],
    [
      'the last cent of a month',
      { money_per_month: 0.01 },
      { month: { ...NOTHING_SPENT, money: 9980_000 } },
      {},
      true,
    ],
    [
      'a millionth too much in a month',
      { money_per_month: 0.01 },
      { month: { ...NOTHING_SPENT, money: 9981_000 } },
      {},
      false,
    ],
    [
      'no price, money left',
      { money_per_day: 0.01 },
      { day: { ...NOTHING_SPENT, money: 9999_000 } },
      { money: 0 },
      true,
    ],
    [
      'no price, no money left',
      { money_per_day: 0.01 },
      { day: { ...NOTHING_SPENT, money: 10_000_000 } },
      { money: 0 },
      false,
    ],
    [
      'the last character of a day',
      { characters_per_day: 9 },
      spoken({ characters: 2 }),
      { characters: 7 },
      true,
    ],
    ['a character too many', { characters_per_day: 9 }, spoken({ characters: 3 }), { characters: 7 }, false],
    ['chat after the last character', { characters_per_day: 9 }, spoken({ characters: 20 }), {}, true],
    [
      'a recording of unknown length while a second is left',
      { audio_seconds_per_day: 60 },
      spoken({ audioSeconds: 59 }),
      { audioSeconds: 43_200 },
      true,
    ],
    [
      'a recording when no second is left',
      { audio_seconds_per_day: 60 },
      spoken({ audioSeconds: 60 }),
      { audioSeconds: 30 },
      false,
    ],
    ['chat after the last second', { audio_seconds_per_day: 60 }, spoken({ audioSeconds: 99 }), {}, true],
  ])('The decision is right for %s', (_, limits, counted, asked, allowed) => {
    expect(judge(limits, counted, asked).allowed).toBe(allowed)
  })

  it.each<[string, Limits, Partial<Counted>, Partial<Reservation>, number]>([
    ['the oldest request leaves', { requests_per_minute: 2 }, minute([50, 1], [10, 1]), {}, 10],
    [
      'enough requests leave after a limit was lowered',
      { requests_per_minute: 1 },
      minute([50, 1], [10, 1]),
      {},
      50,
    ],
    ['a part of a second counts as a whole one', { requests_per_minute: 1 }, minute([59.9, 1]), {}, 1],
    ['the oldest tokens leave', { tokens_per_minute: 30 }, minute([50, 20], [20, 10]), { tokens: 15 }, 10],
    ['just enough tokens leave', { tokens_per_minute: 30 }, minute([50, 20], [20, 10]), { tokens: 20 }, 10],
    [
      'more than the oldest tokens leave',
      { tokens_per_minute: 30 },
      minute([50, 20], [20, 10]),
      { tokens: 25 },
      40,
    ],
    ['midnight comes', { tokens_per_day: 1 }, {}, {}, 12 * 3600],
    ['the month ends', { tokens_per_month: 1 }, {}, {}, 6.5 * 86_400],
  ])('The wait is the number of seconds until %s', (_, limits, counted, asked, seconds) => {
    expect(judge(limits, counted, asked)).toMatchObject({ allowed: false, retryAfterSeconds: seconds })
  })

  it('If several limits refuse, the one that takes longest is named.', () => {
    const limits = { requests_per_minute: 1, tokens_per_day: 5, tokens_per_minute: 5 }
    expect(judge(limits, minute([1, 5]))).toMatchObject({ kind: 'quota', limit: 'tokens_per_day' })
    const rates = { requests_per_minute: 1, tokens_per_minute: 15 }
    expect(judge(rates, minute([1, 5]))).toMatchObject({ kind: 'rate', limit: 'requests_per_minute' })
  })

  it('A request that alone exceeds a limit is reported as such.', () => {
    expect(judge({ tokens_per_minute: 9 })).toMatchObject({ tooLarge: { asked: 10, quota: 9 } })
    expect(judge({ tokens_per_minute: 10 }, minute([1, 1]))).not.toHaveProperty('tooLarge')
  })

  it('A limit that a request can never pass is named before one that it has to wait for.', () => {
    const limits = { requests_per_minute: 1, tokens_per_day: 9 }
    const verdict = judge(limits, minute([1, 1]))
    expect(verdict).toMatchObject({ limit: 'tokens_per_day', tooLarge: { asked: 10, quota: 9 } })
  })

  it('The state of all limits is reported in their own units.', () => {
    const limits = { requests_per_minute: 5, requests_in_flight: 3, money_per_day: 0.01 }
    const counted = { ...minute([20, 1]), inFlight: 1, day: { ...NOTHING_SPENT, money: 4000_000 } }
    expect(judge(limits, counted, { money: 1000_000 }).states).toEqual([
      { name: 'requests_per_minute', quota: 5, remaining: 3, windowSeconds: 60, resetSeconds: 40 },
      { name: 'requests_in_flight', quota: 3, remaining: 1, windowSeconds: 0, resetSeconds: 0 },
      { name: 'money_per_day', quota: 0.01, remaining: 0.005, windowSeconds: 86_400, resetSeconds: 43_200 },
    ])
  })

  it('A refused request uses up no limit.', () => {
    const { states } = judge({ requests_per_minute: 5, tokens_per_minute: 5 })
    expect(states.map((state) => state.remaining)).toEqual([5, 5])
  })

  it.each([{ requests: 2 }, { tokens: 100 }])(
    'A session token that has ended has nothing left of %j',
    (bounds) => {
      const budget = { tokenId: 't', ...bounds, expiresMs: NOON_MS }
      expect(judge({}, {}, { nowMs: NOON_MS - 1 }, budget).allowed).toBe(true)
      expect(judge({}, {}, { nowMs: NOON_MS }, budget)).toMatchObject({
        allowed: false,
        kind: 'quota',
        retryAfterSeconds: 1,
        states: [{ remaining: 0 }],
      })
    },
  )

  it('A session token stays within its budget until it ends.', () => {
    const budget = { tokenId: 't', requests: 2, tokens: 100, expiresMs: NOON_MS + 90_500 }
    const session = { requests: 1, tokens: 90 }
    expect(judge({}, { session }, {}, budget).allowed).toBe(true)
    expect(judge({}, { session }, { tokens: 11 }, budget)).toMatchObject({
      kind: 'quota',
      limit: 'token_tokens',
      retryAfterSeconds: 91,
    })
  })
})
