import type { Env } from '../config.ts'
import { type OwnedKind, ownable } from '../dashscope/ownable.ts'
import { keyMeter, userMeter } from '../meter/limited-meters.ts'
import { type Meters, meterNamespace } from '../meter/meters.ts'
import type { Owned } from '../meter/object/owned-table.ts'
import type { Principal } from '../policy/key-record.ts'
import { matchesGlob } from '../policy/policy.ts'
import { askRecord, notFound } from './refusals.ts'
import { register, registeredBy, requireRegistered, unregister } from './registered.ts'

/** Longer than any id of DashScope's (about 80), as in its paths; a longer one belongs to no key. */
const MAX_OWNED_ID_CHARACTERS = 128

/**
 * Refuses what is not the caller's own (promise P7).
 *
 * @returns the homes of all that the gateway saw being made.
 * @throws GatewayError `notFound`, or `unavailable` if the record of owners does not answer.
 */
export async function requireOwned(
  env: Env,
  who: Principal,
  kind: OwnedKind,
  ids: readonly string[],
): Promise<string[]> {
  const { owner } = ownable(kind)
  const long = ids.find((id) => id.length > MAX_OWNED_ID_CHARACTERS)
  if (long !== undefined) throw notFound(kind, long)
  // A back end makes voices for its end users, so these may use what the key made.
  if (owner === 'registry') return requireRegistered(env, [ownerMeter(who), keyMeter(who)], kind, ids)
  if (owner === 'policy') return requireListed(who, kind, ids)
  if (owner === 'none') return requireNone(kind, ids)
  const homes = new Map((await ownedOf(env, who, kind, ids)).map(({ id, home }) => [id, home]))
  const foreign = ids.find((id) => !homes.has(id))
  if (foreign !== undefined) throw notFound(kind, foreign)
  return [...homes.values()]
}

/**
 * Refuses to look at, change or delete what the caller did not make itself. What no key made may be used, but belongs to
 * the account.
 *
 * @throws GatewayError as {@link requireOwned} does.
 */
export function requireMade(env: Env, who: Principal, kind: OwnedKind, id: string): Promise<string[]> {
  if (ownable(kind).owner !== 'registry') return requireOwned(env, who, kind, [id])
  return requireRegistered(env, [ownerMeter(who)], kind, [id], true)
}

/** Everything of a kind that a caller made, and that its key made. */
export function usableBy(env: Env, who: Principal, kind: OwnedKind): Promise<ReadonlySet<string>> {
  return registeredBy(env, [...new Set([ownerMeter(who), keyMeter(who)])], kind)
}

/** What is made outside of the gateway belongs to the keys that list it. */
function requireListed({ policy }: Principal, kind: OwnedKind, ids: readonly string[]): string[] {
  const foreign = ids.find((id) => !policy.knowledge?.some((glob) => matchesGlob(glob, id)))
  if (foreign !== undefined) throw notFound(kind, foreign)
  return []
}

/** What has no recorded owner may belong to any other key. */
function requireNone(kind: OwnedKind, [id]: readonly string[]): string[] {
  if (id !== undefined) throw notFound(kind, id)
  return []
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
  if (ownable(kind).owner === 'registry') return register(env, ownerMeter(who), kind, owned, nowMs)
  return meterOf(env, who, (meter) => meter.own(kind, owned, nowMs))
}

/** Forgets what was deleted. */
export function forgetOwned(env: Env, who: Principal, kind: OwnedKind, id: string): Promise<void> {
  if (ownable(kind).owner === 'registry') return unregister(env, ownerMeter(who), kind, id)
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

function meterOf<T>(env: Env, who: Principal, call: (meter: Stub) => Promise<T>): Promise<T> {
  return askRecord(async () => call(meterNamespace(env).getByName(ownerMeter(who))))
}
