import { asGatewayError, GatewayError } from '../errors.ts'
import { setBounded } from '../lib/bounded-map.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { NOT_A_GUESS } from './credential.ts'

/** How long a caller is throttled; the window of the binding is as long. */
const THROTTLE_SECONDS = 60

/** Throttled callers that an isolate remembers. */
const THROTTLED_CALLERS = 10_000

/**
 * Until when callers are throttled, in milliseconds since 1970. Workers' rate-limiting binding counts failed attempts
 * without delaying requests; once it reports too many, this isolate looks up no unknown credential of that caller for
 * a while. So guesses cost no KV reads, and a known key still works, even from the same IP address.
 *
 * The binding counts per location and approximately, which is enough for a throttle but not for an exact limit. If
 * the binding fails, no caller is throttled.
 */
const throttled = new Map<string, number>()

/**
 * Runs an authentication and counts its failures that may have been guesses.
 *
 * @param binding the rate-limiting binding `BRAKE`; without it no caller is throttled.
 * @param authenticate must call its argument before it looks up an unknown credential.
 * @returns what `authenticate` returns.
 * @throws GatewayError `rateLimited` with `Retry-After` for a caller with too many failures; otherwise what
 *   `authenticate` throws.
 */
export async function withAuthThrottle<Result>(
  binding: RateLimit | undefined,
  headers: HeaderMap,
  nowMs: number,
  authenticate: (checkThrottle: () => void) => Promise<Result>,
): Promise<Result> {
  // Cloudflare always sets the header. Without it all callers would share one counter, and one client's guesses would
  // throttle the others.
  const ip = headers.get('cf-connecting-ip')
  if (!ip) return authenticate(() => undefined)
  return withThrottle(binding, ip, nowMs, authenticate)
}

/**
 * The same for the operator's endpoints. Callers without a known IP address share one counter there: guesses at
 * ADMIN_TOKEN must be throttled everywhere, and the right token is not looked up, so it always passes.
 */
export async function withOperatorThrottle<Result>(
  binding: RateLimit | undefined,
  headers: HeaderMap,
  nowMs: number,
  authenticate: (checkThrottle: () => void) => Promise<Result>,
): Promise<Result> {
  return withThrottle(binding, headers.get('cf-connecting-ip') ?? 'operator', nowMs, authenticate)
}

async function withThrottle<Result>(
  binding: RateLimit | undefined,
  caller: string,
  nowMs: number,
  authenticate: (checkThrottle: () => void) => Promise<Result>,
): Promise<Result> {
  if (!binding) return authenticate(() => undefined)
  try {
    return await authenticate(() => checkThrottle(caller, nowMs))
  } catch (thrown) {
    const { status, cause } = asGatewayError(thrown)
    if ([401, 403].includes(status) && cause !== NOT_A_GUESS) await countFailure(binding, caller, nowMs)
    throw thrown
  }
}

function checkThrottle(caller: string, nowMs: number): void {
  const until = throttled.get(caller) ?? 0
  if (until <= nowMs) return
  throw new GatewayError(
    'rateLimited',
    'Too many requests with wrong credentials came from this IP address. Try again later.',
    { headers: { 'retry-after': String(Math.ceil((until - nowMs) / 1000)) } },
  )
}

async function countFailure(binding: RateLimit, caller: string, nowMs: number): Promise<void> {
  const { success } = await binding.limit({ key: caller }).catch(() => ({ success: true }))
  if (success) return
  setBounded(throttled, caller, nowMs + THROTTLE_SECONDS * 1000, THROTTLED_CALLERS)
}
