import type { Env } from '../config.ts'
import type { Fields } from '../fields.ts'
import { authenticate } from './authenticate.ts'
import { braking } from './brake.ts'
import { allowAddress } from './ip.ts'
import type { Principal } from './record.ts'
import type { TokenPlace } from './session.ts'

/**
 * The headers that carry a credential. A foreign page cannot have its visitors' browsers send one of them here (Fetch
 * standard, CORS protocol), and must not brake them by requests without.
 */
const CREDENTIALS = ['authorization', 'x-api-key', 'x-dashscope-apikey']

/**
 * The caller, by its credential and its address; whoever is refused again and again is braked before the next look-up.
 * Which origins it may come from is asked behind this door, where the answer's CORS headers are made.
 *
 * @param place what session tokens are checked against; without it they are refused.
 * @throws GatewayError as {@link authenticate} does; `rateLimited` with `Retry-After` for an address that is braked;
 *   `denied` for one that the key may not be used from.
 */
export async function whoIs(
  headers: Fields,
  { KEYS, BRAKE }: Pick<Env, 'KEYS' | 'BRAKE'>,
  nowMs: number,
  place?: TokenPlace,
): Promise<Principal> {
  const counting = CREDENTIALS.some((name) => headers.has(name)) ? BRAKE : undefined
  const principal = await braking(counting, headers, nowMs, (refuseBraked) =>
    authenticate(headers, KEYS, nowMs, place, refuseBraked),
  )
  allowAddress(principal.key.ip_ranges, headers)
  return principal
}
