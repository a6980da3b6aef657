import type { Config, Env } from '../config.ts'
import { allOrigins } from '../keys/origins.ts'
import { corsHeaders, matchesOrigin, preflightHeaders, refuseForeignOrigin } from '../policy/origins.ts'

/**
 * Every origin that pages may call from: the operator's, those of all keys together, and the gateway's own.
 *
 * @param origin of the page that asks.
 * @param own the origin of the gateway as the caller reached it.
 */
export async function knownOrigins(
  env: Env,
  config: Config,
  origin: string,
  own: string,
): Promise<readonly string[]> {
  const ours = [...config.allowedOrigins, own]
  const isKnown = (ofKeys: readonly string[]) => matchesOrigin([...ours, ...ofKeys], origin)
  return [...ours, ...(await allOrigins(env, Date.now(), isKnown))]
}

/**
 * Headers for a page whose key is not known yet. Every page of a known origin may read errors; otherwise its script sees
 * only "Failed to fetch".
 */
export async function corsForKnownOrigin(
  env: Env,
  config: Config,
  origin: string,
  own: string,
): Promise<Record<string, string>> {
  return matchesOrigin(await knownOrigins(env, config, origin, own), origin) ? corsHeaders(origin) : {}
}

/**
 * Headers for a page that may use its key.
 *
 * @throws GatewayError `denied` for an origin that is not among the allowed ones.
 */
export function corsForAllowedOrigin(origin: string, allowed: readonly string[]): Record<string, string> {
  refuseForeignOrigin(origin, allowed)
  return corsHeaders(origin)
}

/**
 * Headers that answer a preflight. It carries no credential (Fetch standard), so it succeeds for every known origin; the
 * request that follows is checked against its own key.
 *
 * @throws GatewayError `denied` for every other origin.
 */
export async function preflight(
  env: Env,
  config: Config,
  headers: Headers,
  own: string,
): Promise<Record<string, string>> {
  const origin = headers.get('origin')
  refuseForeignOrigin(origin, await knownOrigins(env, config, origin ?? '', own))
  return preflightHeaders(
    origin ?? '',
    headers.get('access-control-request-method'),
    headers.get('access-control-request-headers'),
  )
}
