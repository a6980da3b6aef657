import { mintClaims } from '../auth/mint.ts'
import { signToken, TOKEN_ID_BYTES } from '../auth/token.ts'
import { tokenKeys } from '../auth/token-key.ts'
import { type Config, type Env, readConfig } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { randomHex } from '../lib/random.ts'
import { MAX_TOKEN_CHARACTERS } from '../policy/key-record.ts'
import { refuseForeignOrigin } from '../policy/origins.ts'
import { knownOrigins } from '../proxy/cors.ts'
import type { EdgeContext } from '../proxy/exchange.ts'
import { readOptionalJsonBody } from './json-body.ts'
import { countMint } from './mint-limit.ts'
import { verifyMintProof } from './mint-proof.ts'

/** A request is a few hundred bytes and may contain a JWT or a Turnstile response. */
const MAX_MINT_BODY_BYTES = 16 * 1024

/** The response with a new token. */
export interface Minted {
  token: string
  /** ISO 8601. */
  expires_at: string
  /** Seconds. */
  expires_in: number
  id: string
  user?: string
}

/** `POST /tokens`: for pages and their back ends. */
export async function mintToken(c: EdgeContext): Promise<Response> {
  const { startedMs, url } = c.get('exchange')
  const config = readConfig(c.env)
  const origin = c.req.header('origin') ?? null
  refuseForeignOrigin(origin, await knownOrigins(c.env, config, origin ?? '', url.origin))
  return c.json(await mintFrom(c.req.raw, c.env, config, startedMs, url.origin), 201)
}

/**
 * Issues a session token: for a client key, a Turnstile response or a JWT of an issuer that the key trusts.
 *
 * @param origin the origin of the gateway in the request; the token works only there.
 * @returns the body of the 201.
 * @throws GatewayError `unauthenticated` without a proof, `denied` for an invalid proof or a token that would exceed
 *   the key, `rateLimited` for too many tokens of one caller, `invalid` and so on for the body, `unavailable` if KV,
 *   Turnstile or the issuer fails.
 */
export async function mintFrom(
  request: Request,
  env: Env,
  config: Config,
  nowMs: number,
  origin: string,
): Promise<Minted> {
  const keys = tokenKeys(config)
  if (!keys) {
    throw new GatewayError(
      'denied',
      'This gateway issues no session tokens because ADMIN_TOKEN, which they are signed with, is not set or too short.',
    )
  }
  const { headers } = request
  const { mintBody } = await import('../policy/schema/mint.ts')
  const body = await readOptionalJsonBody(request, mintBody, MAX_MINT_BODY_BYTES)
  const { key, proof } = await verifyMintProof({ headers, body, env, config, origin, nowMs })
  const { turnstile: _turnstile, jwt: _jwt, key_id: _keyId, ...wishes } = body
  const id = `tok_${randomHex(TOKEN_ID_BYTES)}`
  await countMint(env, config, key, proof, { id, nowMs })
  const claims = mintClaims(key, wishes, proof, { origin, allowedOrigins: config.allowedOrigins, nowMs, id })
  const token = signToken(claims, keys)
  if (token.length > MAX_TOKEN_CHARACTERS) {
    throw new GatewayError(
      'invalid',
      `The token would have ${token.length} characters, but the maximum is ${MAX_TOKEN_CHARACTERS}. List fewer models and origins, or freeze a shorter system message.`,
    )
  }
  return {
    token,
    expires_at: new Date(1000 * claims.exp).toISOString(),
    expires_in: claims.exp - claims.iat,
    id,
    ...(claims.user !== undefined && { user: claims.user }),
  }
}
