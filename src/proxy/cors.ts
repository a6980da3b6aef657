import type { Config, Env } from '../config.ts'
import { allOrigins } from '../keys/origins.ts'
import { corsHeaders, matchesOrigin, preflightHeaders, refuseForeignOrigin } from '../policy/origins.ts'

/**
 * All origins whose pages may call: the operator's, those of all keys, and the gateway's own.
 *
 * @param origin the origin of the page.
 * @param own the origin of the gateway in the request.
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
 * CORS headers for a page whose key is not known yet. Pages of known origins may read errors; otherwise their scripts
 * see only "Failed to fetch".
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
 * CORS headers for a page that may use its key.
 *
 * @throws GatewayError `denied` for an origin that is not among the allowed ones.
 */
export function corsForAllowedOrigin(origin: string, allowed: readonly string[]): Record<string, string> {
  refuseForeignOrigin(origin, allowed)
  return corsHeaders(origin)
}

/**
 * The response headers of a preflight. A preflight has no credential (Fetch standard), so it succeeds for every known
 * origin; the actual request is checked against its own key.
 *
 * @throws GatewayError `denied` for other origins.
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
