import { asGatewayError, GatewayError } from '../errors.ts'
import { setBounded } from '../lib/bounded-map.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { NO_GUESS } from './credential.ts'

/** How long an address that was refused too often is braked; the binding's own window is as long. */
const BRAKE_SECONDS = 60

/** Braked addresses an isolate remembers. */
const BRAKE_ADDRESSES = 10_000

/**
 * A brake for callers that are refused again and again: Workers' rate-limiting binding counts the refusals of an address
 * without a wait, and once it says that there were too many, this isolate looks up no unknown credential for that address
 * for a while. Whoever guesses keys so costs neither KV reads nor time; a key that is known already works on, also behind
 * the same address.
 *
 * The binding counts per location and permissively, which is enough for a brake and not enough for a limit; where it fails,
 * nothing is braked.
 */
const braked = new Map<string, number>()

/**
 * Does what lets a caller in or refuses it, and counts the refusals of its address that may have been guesses.
 *
 * @param binding `BRAKE`; without it nothing is braked.
 * @param work calls what it is given before it looks up what the caller may have invented.
 * @returns what the work returns.
 * @throws GatewayError `rateLimited` with `Retry-After` for an address that was refused too often, else what the work throws.
 */
export async function braking<Result>(
  binding: RateLimit | undefined,
  headers: HeaderMap,
  nowMs: number,
  work: (refuseBraked: () => void) => Promise<Result>,
): Promise<Result> {
  const address = headers.get('cf-connecting-ip') ?? ''
  try {
    return await work(() => refuseBraked(address, nowMs))
  } catch (thrown) {
    const { status, cause } = asGatewayError(thrown)
    if ([401, 403].includes(status) && cause !== NO_GUESS) await countRefusal(binding, address, nowMs)
    throw thrown
  }
}

function refuseBraked(address: string, nowMs: number): void {
  const until = braked.get(address) ?? 0
  if (until <= nowMs) return
  throw new GatewayError(
    'rateLimited',
    'Too many requests with wrong credentials came from this address. Try again later.',
    {
      headers: { 'retry-after': String(Math.ceil((until - nowMs) / 1000)) },
    },
  )
}

async function countRefusal(binding: RateLimit | undefined, address: string, nowMs: number): Promise<void> {
  if (!binding) return
  const { success } = await binding.limit({ key: address }).catch(() => ({ success: true }))
  if (success) return
  setBounded(braked, address, nowMs + BRAKE_SECONDS * 1000, BRAKE_ADDRESSES)
}
