import { GatewayError } from '../errors.ts'
import type { LimitName, LimitState, Verdict } from './metering.ts'

type Refusal = Extract<Verdict, { allowed: false }>

/** What the limits are about, as a sentence names them. */
const WORDS: Readonly<Record<LimitName, string>> = {
  requests_per_minute: 'requests a minute',
  tokens_per_minute: 'tokens a minute',
  requests_in_flight: 'requests at the same moment',
  tokens_per_day: 'tokens a day (UTC)',
  tokens_per_month: 'tokens a month (UTC)',
  money_per_day: 'spending a day (UTC)',
  money_per_month: 'spending a month (UTC)',
  token_requests: 'requests with one session token',
  token_tokens: 'tokens with one session token',
}

/** The quota unit of what is no request by number (RateLimit draft 11, section on quota units). */
const CONCURRENT = 'concurrent-requests'

/**
 * The `RateLimit` and `RateLimit-Policy` headers of a caller with limits (IETF draft ratelimit-headers, as of draft 11).
 * Limits on money are left out: the fields hold whole numbers, and what the operator pays is not the caller's business.
 *
 * @returns no headers where there are no limits to tell of.
 */
export function rateLimitHeaders(states: readonly LimitState[]): Record<string, string> {
  const told = states.filter(({ name }) => !name.startsWith('money_'))
  if (told.length === 0) return {}
  const policies = told.map(({ name, quota, windowSeconds }) => {
    const unit = name === 'requests_in_flight' ? `;qu="${CONCURRENT}"` : ''
    return `"${name}";q=${Math.floor(quota)}${unit}${windowSeconds > 0 ? `;w=${windowSeconds}` : ''}`
  })
  const limits = told.map(({ name, remaining, resetSeconds }) => {
    return `"${name}";r=${Math.floor(remaining)}${resetSeconds > 0 ? `;t=${resetSeconds}` : ''}`
  })
  return { 'ratelimit-policy': policies.join(', '), ratelimit: limits.join(', ') }
}

/**
 * The error that tells a caller of a refusal: 429 with `Retry-After` and the state of the limits. A rate passes by itself
 * (`Throttling.RateQuota`), a quota does not (`Throttling.AllocationQuota`).
 */
export function refusalError(verdict: Refusal): GatewayError {
  const { kind, limit, retryAfterSeconds, tooLarge, states } = verdict
  return new GatewayError(
    kind === 'rate' ? 'rateLimited' : 'quotaExhausted',
    sentence(limit, verdict, tooLarge),
    {
      headers: { 'retry-after': String(retryAfterSeconds), ...rateLimitHeaders(states) },
    },
  )
}

function sentence(limit: LimitName, { retryAfterSeconds }: Refusal, tooLarge: boolean): string {
  if (tooLarge) {
    return `This request alone may use more than the limit on ${WORDS[limit]} (${limit}) allows. Shorten it or ask for fewer tokens.`
  }
  if (limit.startsWith('token_')) {
    return `The limit on ${WORDS[limit]} is reached. Get a new session token.`
  }
  return `The limit on ${WORDS[limit]} (${limit}) is reached. Try again in ${retryAfterSeconds} s.`
}
