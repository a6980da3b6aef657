import type { Env } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { keyMeter, userMeter } from '../meter/limited-meters.ts'
import { type Meters, meterNamespace } from '../meter/meters.ts'
import type { Owned, OwnedKind } from '../meter/object/owned-table.ts'
import type { Principal } from '../policy/key-record.ts'

/** Longer than any id of DashScope's tasks and files (about 40), as in its paths; a longer one belongs to no key. */
const MAX_OWNED_ID_CHARACTERS = 128

/** The one thing about ownership that a caller sees: what is not theirs does not exist. */
export function notFound(kind: OwnedKind, id: string): GatewayError {
  return new GatewayError(
    'notFound',
    `There is no ${kind} "${id.slice(0, 80)}" among those that this key made.`,
  )
}

/**
 * Refuses a task or file that this key did not make (promise P7).
 *
 * @returns the homes of all, each once.
 * @throws GatewayError `notFound`, or `unavailable` where the meter does not answer.
 */
export async function requireOwned(
  env: Env,
  who: Principal,
  kind: OwnedKind,
  ids: readonly string[],
): Promise<string[]> {
  const long = ids.find((id) => id.length > MAX_OWNED_ID_CHARACTERS)
  if (long !== undefined) throw notFound(kind, long)
  const homes = new Map((await ownedOf(env, who, kind, ids)).map(({ id, home }) => [id, home]))
  const foreign = ids.find((id) => !homes.has(id))
  if (foreign !== undefined) throw notFound(kind, foreign)
  return [...new Set(homes.values())]
}

/** Those of the ids that this key made. */
export function ownedOf(env: Env, who: Principal, kind: OwnedKind, ids: readonly string[]): Promise<Owned[]> {
  return meterOf(env, who, (meter) => meter.owned(kind, [...ids]))
}

/** Records what this key has just made; awaited before the caller learns the id, so that the id works at once. */
export function recordOwned(
  env: Env,
  who: Principal,
  kind: OwnedKind,
  owned: Owned,
  nowMs: number,
): Promise<void> {
  return meterOf(env, who, (meter) => meter.own(kind, owned, nowMs))
}

/** Forgets a file that was deleted. */
export function forgetOwned(env: Env, who: Principal, kind: OwnedKind, id: string): Promise<void> {
  return meterOf(env, who, (meter) => meter.disown(kind, id))
}

/** One page of what this key made, newest first; `after` is the last id of the page before. */
export function listOwned(
  env: Env,
  who: Principal,
  kind: OwnedKind,
  after: string | undefined,
  limit: number,
): Promise<Owned[]> {
  return meterOf(env, who, (meter) => meter.list(kind, after, limit))
}

/**
 * The meter that holds what a caller owns: that of the key or, with a session token, that of its end user. A token that
 * names no user owns what it made by itself, since it may be in any browser.
 */
function ownerMeter(principal: Principal): string {
  return userMeter(principal) ?? keyMeter(principal)
}

type Stub = ReturnType<Meters['getByName']>

async function meterOf<T>(env: Env, who: Principal, call: (meter: Stub) => Promise<T>): Promise<T> {
  try {
    return await call(meterNamespace(env).getByName(ownerMeter(who)))
  } catch (cause) {
    throw new GatewayError(
      'unavailable',
      'The record of tasks and files does not answer. Try again in a moment.',
      {
        cause,
        headers: { 'retry-after': '2' },
      },
    )
  }
}
