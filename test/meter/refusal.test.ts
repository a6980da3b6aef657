import { describe, expect, it } from 'vitest'
import type { LimitName, LimitState } from '../../src/meter/metering.ts'
import { rateLimitHeaders, refusalError } from '../../src/meter/refusal.ts'

function state(name: LimitName, rest: Partial<LimitState> = {}): LimitState {
  return { name, quota: 100, remaining: 40, windowSeconds: 60, resetSeconds: 12, ...rest }
}

describe('the RateLimit headers', () => {
  it('Each limit is named once, in both fields.', () => {
    const states = [
      state('requests_per_minute'),
      state('requests_in_flight', { quota: 8, remaining: 7, windowSeconds: 0, resetSeconds: 0 }),
    ]
    expect(rateLimitHeaders(states)).toEqual({
      'ratelimit-policy':
        '"requests_per_minute";q=100;w=60, "requests_in_flight";q=8;qu="concurrent-requests"',
      ratelimit: '"requests_per_minute";r=40;t=12, "requests_in_flight";r=7',
    })
  })

  it('Without limits there are no headers, and money is never mentioned.', () => {
    expect(rateLimitHeaders([])).toEqual({})
    expect(rateLimitHeaders([state('money_per_day', { quota: 0.5 })])).toEqual({})
  })
})

describe('a refusal', () => {
  const refused = { allowed: false, retryAfterSeconds: 7 } as const

  it.each<['rate' | 'quota', LimitName, string, RegExp]>([
    [
      'rate',
      'requests_per_minute',
      'rateLimited',
      /requests a minute \(requests_per_minute\).* in 7 seconds\./,
    ],
    ['rate', 'requests_in_flight', 'rateLimited', /at the same time/],
    ['quota', 'money_per_month', 'quotaExhausted', /a month/],
    ['quota', 'token_tokens', 'quotaExhausted', /new session token/],
  ])('A refusal by %s of %s is 429 with Retry-After.', (kind, limit, reason, message) => {
    const error = refusalError({
      ...refused,
      kind,
      limit,
      states: [state('requests_per_minute', { remaining: 0 })],
    })
    expect(error).toMatchObject({ status: 429, reason, message: expect.stringMatching(message) })
    expect(error.headers).toMatchObject({ 'retry-after': '7', ratelimit: '"requests_per_minute";r=0;t=12' })
  })

  it('A request that alone exceeds a limit learns by how much, and that trying again does not help.', () => {
    const error = refusalError({
      ...refused,
      kind: 'rate',
      limit: 'tokens_per_minute',
      tooLarge: { asked: 4010, quota: 500 },
      states: [],
    })
    expect(error).toMatchObject({ status: 429, reason: 'quotaExhausted' })
    expect(error.headers).toEqual({ 'x-should-retry': 'false' })
    expect(error.message).toBe(
      'This request alone may use 4010 tokens, more than the limit of 500 on tokens a minute (tokens_per_minute). Shorten it or ask for fewer tokens.',
    )
  })

  it.each([
    [1, '1 second'],
    [119, '119 seconds'],
    [120, '2 minutes'],
    [46_451, '13 hours'],
  ])('After %i seconds the message says "%s"', (retryAfterSeconds, words) => {
    const { message } = refusalError({
      ...refused,
      kind: 'quota',
      limit: 'tokens_per_day',
      retryAfterSeconds,
      states: [],
    })
    expect(message).toContain(`Try again in ${words}.`)
  })
})
