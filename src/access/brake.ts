import { BRAKE_ADDRESSES, BRAKE_SECONDS } from '../constants.ts'
import { GatewayError } from '../errors.ts'

/**
 * A brake for callers that are refused again and again: Workers' rate-limiting binding counts the refusals of an address
 * without a wait, and once it says that there were too many, this isolate looks up no unknown credential for that address
 * for a while. Whoever guesses keys so costs neither KV reads nor time; a key that is known already works on, also behind
 * the same address.
 *
 * The binding counts per location and permissively, which is enough for a brake and not enough for a limit.
 */
const braked = new Map<string, number>()

/**
 * Refuses to look up a credential for an address that was refused too often.
 *
 * @throws GatewayError `rateLimited` with `Retry-After`.
 */
export function refuseBraked(address: string | null, nowMs: number): void {
  const until = braked.get(address ?? '') ?? 0
  if (until <= nowMs) return
  throw new GatewayError(
    'rateLimited',
    'Too many requests with wrong credentials came from this address. Try again later.',
    {
      headers: { 'retry-after': String(Math.ceil((until - nowMs) / 1000)) },
    },
  )
}

/** Counts a refusal of an address; without the binding (`BRAKE`) nothing is braked. */
export async function countRefusal(
  binding: RateLimit | undefined,
  address: string | null,
  nowMs: number,
): Promise<void> {
  if (!binding) return
  const { success } = await binding.limit({ key: address ?? '' })
  if (success) return
  braked.set(address ?? '', nowMs + BRAKE_SECONDS * 1000)
  // A map hands its keys out in the order they came in, so the first is the oldest.
  const oldest = braked.size > BRAKE_ADDRESSES ? braked.keys().next() : undefined
  if (oldest && !oldest.done) braked.delete(oldest.value)
}
