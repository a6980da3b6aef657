import type { Config, Env } from '../config.ts'
import { allOrigins } from '../keys/store.ts'
import { corsHeaders, matchesOrigin, preflightHeaders, refuseForeignOrigin } from '../policy/origins.ts'

/** Every origin that pages may call from: the operator's, and those of all keys together. */
export async function knownOrigins(env: Env, config: Config): Promise<readonly string[]> {
  return [...config.allowedOrigins, ...(await allOrigins(env.KEYS, Date.now()))]
}

/**
 * Headers for a page whose key is not known yet: an error may be read by every page that some key was given for, else its
 * script sees nothing but "Failed to fetch".
 */
export async function corsForKnownOrigin(
  env: Env,
  config: Config,
  origin: string,
): Promise<Record<string, string>> {
  return matchesOrigin(await knownOrigins(env, config), origin) ? corsHeaders(origin) : {}
}

/**
 * Headers for a page that is let in.
 *
 * @throws GatewayError `denied` for an origin that is not among the allowed ones.
 */
export function corsForAllowedOrigin(origin: string, allowed: readonly string[]): Record<string, string> {
  refuseForeignOrigin(origin, allowed)
  return corsHeaders(origin)
}

/**
 * Headers that answer a preflight. It carries no credential (Fetch standard), so it is answered for every origin that any
 * key was given.
 *
 * @throws GatewayError `denied` for every other origin.
 */
export async function preflight(env: Env, config: Config, headers: Headers): Promise<Record<string, string>> {
  const origin = headers.get('origin')
  refuseForeignOrigin(origin, await knownOrigins(env, config))
  return preflightHeaders(
    origin ?? '',
    headers.get('access-control-request-method'),
    headers.get('access-control-request-headers'),
  )
}
