import type { Proof } from '../auth/mint.ts'
import type { Config, Env } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { MeterClient } from '../meter/client.ts'
import { meterNamespace } from '../meter/meters.ts'
import { NOTHING_SPENT } from '../meter/spent.ts'
import type { KeyRecord, Principal } from '../policy/key-record.ts'

/** No meter of a key or an end user has a name that begins so: ids of keys begin with `key_`. */
const METER_PREFIX = 'mint:'

/**
 * Counts a mint against the number of requests that its caller may make in a minute, apart from the requests themselves: the
 * key's own for a caller with the key, an end user's for a JWT. Turnstile asks a person for each token.
 *
 * @param id names the mint; that of the token.
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
    `${requests_per_minute} session tokens were minted in the last minute, as many as requests_per_minute allows. Keep each token until it expires.`,
    { headers: { 'retry-after': String(retryAfterSeconds) } },
  )
}
