import type { Proof } from '../auth/mint.ts'
import type { Config, Env } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { MeterClient } from '../meter/client.ts'
import { meterNamespace } from '../meter/meters.ts'
import { NOTHING_SPENT } from '../meter/spent.ts'
import type { KeyRecord, Principal } from '../policy/key-record.ts'

/** The prefix of these meters. Those of keys and end users begin with `key_`. */
const METER_PREFIX = 'mint:'

/**
 * Limits how many session tokens a caller gets per minute. It uses the caller's `requests_per_minute`, but counts
 * separately from requests: the key's limit for a caller with the key, an end user's limit for a JWT. Turnstile is
 * not counted, since it requires a person for each token.
 *
 * @param id the id of the new token.
 * @throws GatewayError `rateLimited` with `Retry-After`, `unavailable` if the meter does not respond.
 */
export async function countMint(
  env: Env,
  config: Config,
  key: KeyRecord,
  proof: Proof,
  { id, nowMs }: { id: string; nowMs: number },
): Promise<void> {
  const limits = proof.kind === 'key' ? key.limits : key.user_limits
  const requests_per_minute = limits?.requests_per_minute
  if (requests_per_minute === undefined || (proof.kind === 'user' && proof.isNew)) return
  const minter: Principal = {
    keyId: `${METER_PREFIX}${key.id}${proof.kind === 'user' ? `/${proof.user}` : ''}`,
    policy: { limits: { requests_per_minute }, cache_generation: key.cache_generation },
  }
  const meter = new MeterClient({
    meters: meterNamespace(env),
    keepAlive: (work) => void work.catch(() => undefined),
    calendar: config.calendar,
    lost: () => undefined,
  })
  const reservation = { ...NOTHING_SPENT, id, nowMs, expiresMs: nowMs }
  const verdict = await meter.reserve(minter, reservation, config.limitsFail)
  if (verdict.allowed) return
  const { retryAfterSeconds } = verdict
  throw new GatewayError(
    'rateLimited',
    `${requests_per_minute} session tokens were issued in the last minute, the maximum by requests_per_minute. Reuse each token until it expires.`,
    { headers: { 'retry-after': String(retryAfterSeconds) } },
  )
}
