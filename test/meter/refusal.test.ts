import { describe, expect, it } from 'vitest'
import type { LimitName, LimitState } from '../../src/meter/metering.ts'
import { rateLimitHeaders, refusalError } from '../../src/meter/refusal.ts'

function state(name: LimitName, rest: Partial<LimitState> = {}): LimitState {
  return { name, quota: 100, remaining: 40, windowSeconds: 60, resetSeconds: 12, ...rest }
}

describe('the RateLimit headers', () => {
  it('name each limit once, in both fields', () => {
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

  it('are absent without limits, and say nothing of money', () => {
    expect(rateLimitHeaders([])).toEqual({})
    expect(rateLimitHeaders([state('money_per_day', { quota: 0.5 })])).toEqual({})
  })
})

describe('a refusal', () => {
  const refused = { allowed: false, retryAfterSeconds: 7, tooLarge: false } as const

  it.each<['rate' | 'quota', LimitName, string, RegExp]>([
    ['rate', 'requests_per_minute', 'rateLimited', /requests a minute \(requests_per_minute\).* in 7 s\./],
    ['rate', 'requests_in_flight', 'rateLimited', /at the same moment/],
    ['quota', 'money_per_month', 'quotaExhausted', /a month/],
    ['quota', 'token_tokens', 'quotaExhausted', /new session token/],
  ])('by %s of %s is 429 with Retry-After', (kind, limit, reason, message) => {
    const error = refusalError({
      ...refused,
      kind,
      limit,
      states: [state('requests_per_minute', { remaining: 0 })],
    })
    expect(error).toMatchObject({ status: 429, reason, message: expect.stringMatching(message) })
    expect(error.headers).toMatchObject({ 'retry-after': '7', ratelimit: '"requests_per_minute";r=0;t=12' })
  })

  it('of a request that alone is too much says so', () => {
    const error = refusalError({
      ...refused,
      kind: 'rate',
      limit: 'tokens_per_minute',
      tooLarge: true,
      states: [],
    })
    expect(error.message).toMatch(/alone .*fewer tokens/)
  })
})
