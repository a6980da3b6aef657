import type { Env } from '../config.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { allowAddress } from '../policy/ip.ts'
import type { Principal } from '../policy/key-record.ts'
import { authenticate } from './authenticate.ts'
import type { TokenPlace } from './session.ts'
import { braking } from './throttle.ts'

/**
 * The caller, by its credential and its address; whoever is refused again and again is braked before the next look-up.
 * Which origins it may come from is checked after this, where the answer's CORS headers are made.
 *
 * @param place what session tokens are checked against; without it they are refused.
 * @throws GatewayError as {@link authenticate} does; `rateLimited` with `Retry-After` for an address that is braked;
 *   `denied` for one that the key may not be used from.
 */
export async function identifyCaller(
  headers: HeaderMap,
  { KEYS, BRAKE }: Pick<Env, 'KEYS' | 'BRAKE'>,
  nowMs: number,
  place?: TokenPlace,
): Promise<Principal> {
  const principal = await braking(BRAKE, headers, nowMs, (refuseBraked) =>
    authenticate(headers, KEYS, nowMs, place, refuseBraked),
  )
  allowAddress(principal.key.ip_ranges, headers)
  return principal
}
