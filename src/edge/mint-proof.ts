import { authenticateKey, isExpired } from '../auth/authenticate.ts'
import { noCredential, readCredential } from '../auth/credential.ts'
import { verifyJwt } from '../auth/jwt.ts'
import type { Proof } from '../auth/mint.ts'
import { withAuthThrottle } from '../auth/throttle.ts'
import { TOKEN_ID_BYTES, TOKEN_PREFIX } from '../auth/token.ts'
import { askSiteverify, requireHuman } from '../auth/turnstile.ts'
import type { Config, Env } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { findKeyById } from '../keys/store.ts'
import { randomHex } from '../lib/random.ts'
import { requireAllowedIp } from '../policy/ip.ts'
import type { KeyRecord } from '../policy/key-record.ts'
import { originsOfKey, refuseForeignOrigin } from '../policy/origins.ts'
import type { MintBody } from '../policy/schema/mint.ts'

/** A request for a session token. */
export interface MintRequestContext {
  headers: Headers
  body: MintBody
  env: Env
  config: Config
  /** The origin of the gateway in the request. */
  origin: string
  nowMs: number
}

/**
 * Verifies the proof in a request for a session token, which determines the key and the end user.
 *
 * @throws GatewayError `unauthenticated` without a proof, `invalid` with two, `denied` for an invalid one,
 *   `rateLimited` for an IP address with too many failures, `unavailable` if KV, Turnstile or the issuer fails.
 */
export async function verifyMintProof(
  request: MintRequestContext,
): Promise<{ key: KeyRecord; proof: Proof }> {
  const { headers, body } = request
  const credential = readCredential(headers)
  const { turnstile, jwt } = body
  const proofs = [credential, turnstile, jwt].filter((proof) => proof !== undefined)
  if (proofs.length === 0) {
    throw noCredential(
      headers,
      'A session token is issued for a client key in Authorization, or for "turnstile" or "jwt" with "key_id" in the body. Send one of them.',
    )
  }
  if (proofs.length > 1) {
    throw new GatewayError(
      'invalid',
      'The request has two proofs. Send only one of a client key, "turnstile" and "jwt".',
    )
  }
  if (credential !== undefined) return verifyKey(request)
  return withAuthThrottle(request.env.BRAKE, headers, request.nowMs, async (checkThrottle) => {
    checkThrottle()
    return turnstile === undefined ? verifyJwtProof(request, jwt ?? '') : verifyTurnstile(request, turnstile)
  })
}

async function verifyKey(request: MintRequestContext) {
  const { headers, body, env, nowMs } = request
  if (readCredential(headers)?.startsWith(TOKEN_PREFIX)) {
    throw new GatewayError(
      'denied',
      'A session token cannot be used to get another one. Send the original proof again.',
    )
  }
  const key = await authenticateKey(headers, env, nowMs)
  if (body.key_id !== undefined && body.key_id !== key.id) {
    throw new GatewayError('denied', 'key_id: this is not the id of the client key. Leave the field out.', {
      param: 'key_id',
    })
  }
  checkOriginAndIp(key, request)
  return { key, proof: { kind: 'key' } as const }
}

/** Turnstile does not identify people, so each token gets a new user id. */
async function verifyTurnstile(request: MintRequestContext, response: string) {
  const { headers, body, env, config, nowMs } = request
  const key = await findMintableKey(env.KEYS, body.key_id, nowMs)
  const policy = key?.mint?.turnstile
  if (!key || !policy) throw keyNotMintable('mint.turnstile')
  checkOriginAndIp(key, request)
  if (!config.turnstileSecret) {
    throw new GatewayError(
      'denied',
      'Turnstile responses cannot be checked because TURNSTILE_SECRET is not set. Set it with "npx wrangler secret put TURNSTILE_SECRET" (or in .env for npm start).',
    )
  }
  const verdict = await askSiteverify({
    url: config.turnstileVerifyUrl,
    secret: config.turnstileSecret,
    response,
    address: headers.get('cf-connecting-ip'),
  })
  requireHuman(verdict, policy)
  return {
    key,
    proof: { kind: 'user', user: `turnstile:${randomHex(TOKEN_ID_BYTES)}`, isNew: true } as const,
  }
}

async function verifyJwtProof(request: MintRequestContext, jwt: string) {
  const { body, env, config, nowMs } = request
  const key = await findMintableKey(env.KEYS, body.key_id, nowMs)
  const trusted = config.issuers.filter(({ name }) => key?.mint?.issuers?.includes(name))
  if (!key || trusted.length === 0) throw keyNotMintable('mint.issuers')
  checkOriginAndIp(key, request)
  return { key, proof: { kind: 'user', user: await verifyJwt(jwt, trusted, nowMs) } as const }
}

function checkOriginAndIp(key: KeyRecord, { headers, config, origin }: MintRequestContext): void {
  refuseForeignOrigin(headers.get('origin'), originsOfKey(key.origins, config.allowedOrigins, origin))
  requireAllowedIp(key.ip_ranges, headers)
}

async function findMintableKey(
  kv: KVNamespace,
  id: string | undefined,
  nowMs: number,
): Promise<KeyRecord | undefined> {
  if (id === undefined) {
    throw new GatewayError(
      'invalid',
      'key_id: expected the id of the key to make a token from, got nothing.',
      {
        param: 'key_id',
      },
    )
  }
  const record = await findKeyById(kv, id, nowMs)
  return record && !record.disabled && !isExpired(record, nowMs) ? record : undefined
}

/**
 * The same error for keys that do not exist, have expired or do not allow this proof, so that callers cannot find out
 * which.
 */
function keyNotMintable(field: string): GatewayError {
  return new GatewayError(
    'denied',
    `key_id: there is no such key, or it issues no tokens for this proof. The operator can allow it with ${field}.`,
    { param: 'key_id' },
  )
}
