import { GatewayError } from '../errors.ts'
import type { LimitName, LimitState, Verdict } from './metering.ts'

type RefusingVerdict = Extract<Verdict, { allowed: false }>

/** The limits in words, for error messages. */
const WORDS: Readonly<Record<LimitName, string>> = {
  requests_per_minute: 'requests a minute',
  tokens_per_minute: 'tokens a minute',
  requests_in_flight: 'requests at the same time',
  tokens_per_day: 'tokens a day',
  tokens_per_month: 'tokens a month',
  money_per_day: 'spending a day',
  money_per_month: 'spending a month',
  audio_seconds_per_day: 'seconds of audio a day',
  characters_per_day: 'characters of speech a day',
  token_requests: 'requests with one session token',
  token_tokens: 'tokens with one session token',
}

/** The quota unit of requests at the same time (RateLimit draft 11, section on quota units). */
const CONCURRENT = 'concurrent-requests'

/**
 * The `RateLimit` and `RateLimit-Policy` headers of a caller with limits (IETF draft ratelimit-headers, as of draft
 * 11). Limits on money are left out: the fields contain whole numbers, and callers should not see the operator's
 * costs.
 *
 * @returns no headers if there are no such limits.
 */
export function rateLimitHeaders(states: readonly LimitState[]): Record<string, string> {
  const shown = states.filter(({ name }) => !name.startsWith('money_'))
  if (shown.length === 0) return {}
  const policies = shown.map(({ name, quota, windowSeconds }) => {
    const unit = name === 'requests_in_flight' ? `;qu="${CONCURRENT}"` : ''
    return `"${name}";q=${Math.floor(quota)}${unit}${windowSeconds > 0 ? `;w=${windowSeconds}` : ''}`
  })
  const limits = shown.map(({ name, remaining, resetSeconds }) => {
    return `"${name}";r=${Math.floor(remaining)}${resetSeconds > 0 ? `;t=${resetSeconds}` : ''}`
  })
  return { 'ratelimit-policy': policies.join(', '), ratelimit: limits.join(', ') }
}

/**
 * The error for a refused caller: 429 with the state of the limits. A rate limit resets within a minute
 * (`Throttling.RateQuota`), a quota later (`Throttling.AllocationQuota`); `Retry-After` has the time to wait. A
 * request that alone exceeds a limit can never succeed, so it gets no `Retry-After` and a header that stops the SDKs'
 * retries.
 */
export function refusalError(verdict: RefusingVerdict): GatewayError {
  const { kind, retryAfterSeconds, tooLarge, states } = verdict
  const limits = rateLimitHeaders(states)
  return new GatewayError(
    kind === 'rate' && !tooLarge ? 'rateLimited' : 'quotaExhausted',
    sentence(verdict),
    {
      headers: tooLarge
        ? { 'x-should-retry': 'false', ...limits }
        : { 'retry-after': String(retryAfterSeconds), ...limits },
    },
  )
}

function sentence({ limit, retryAfterSeconds, tooLarge }: RefusingVerdict): string {
  if (tooLarge) {
    const { asked, quota } = tooLarge
    const unit = limit === 'characters_per_day' ? 'characters' : 'tokens'
    const exceeds = limit.startsWith('money_')
      ? 'may cost more than the limit'
      : `may use ${asked} ${unit}, more than the limit of ${quota}`
    const advice = unit === 'tokens' ? 'Shorten it or ask for fewer tokens.' : 'Shorten it.'
    return `This request alone ${exceeds} on ${WORDS[limit]} (${limit}). ${advice}`
  }
  if (limit.startsWith('token_')) {
    return `The limit on ${WORDS[limit]} is reached. Get a new session token.`
  }
  return `The limit on ${WORDS[limit]} (${limit}) is reached. Try again in ${waitText(retryAfterSeconds)}.`
}

function waitText(seconds: number): string {
  if (seconds < 120) return seconds === 1 ? '1 second' : `${seconds} seconds`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 120 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`
}
