import type { Env } from '../config.ts'
import { type OwnedKind, ownable } from '../dashscope/ownable.ts'
import { keyMeter, userMeter } from '../meter/limited-meters.ts'
import { type Meters, meterNamespace } from '../meter/meters.ts'
import type { Owned } from '../meter/object/owned-table.ts'
import type { Principal } from '../policy/key-record.ts'
import { matchesGlob } from '../policy/policy.ts'
import { askRecord, notFound } from './refusals.ts'
import { register, registeredBy, requireRegistered, unregister } from './registered.ts'

/** Longer than any id of DashScope (about 80); the same limit as for ids in paths. A longer id belongs to no key. */
const MAX_OWNED_ID_CHARACTERS = 128

/**
 * Refuses objects that are not the caller's own (promise P7).
 *
 * @returns the homes of all objects that were created through the gateway.
 * @throws GatewayError `notFound`, or `unavailable` if the ownership record cannot be read.
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
  // A back end creates voices for its end users, so they may use the voices of the key.
  if (owner === 'registry') return requireRegistered(env, [ownerMeter(who), keyMeter(who)], kind, ids)
  if (owner === 'policy') return requireListed(who, kind, ids)
  if (owner === 'none') return requireNone(kind, ids)
  const homes = new Map((await ownedOf(env, who, kind, ids)).map(({ id, home }) => [id, home]))
  const foreign = ids.find((id) => !homes.has(id))
  if (foreign !== undefined) throw notFound(kind, foreign)
  return [...homes.values()]
}

/**
 * Refuses to read, change or delete an object that the caller did not create. Objects created outside the gateway may
 * be used, but belong to the account.
 *
 * @throws GatewayError as {@link requireOwned} does.
 */
export function requireMade(env: Env, who: Principal, kind: OwnedKind, id: string): Promise<string[]> {
  if (ownable(kind).owner !== 'registry') return requireOwned(env, who, kind, [id])
  return requireRegistered(env, [ownerMeter(who)], kind, [id], true)
}

/** All objects of a kind that a caller or its key created. */
export function usableBy(env: Env, who: Principal, kind: OwnedKind): Promise<ReadonlySet<string>> {
  return registeredBy(env, [...new Set([ownerMeter(who), keyMeter(who)])], kind)
}

/** Objects created outside the gateway belong to the keys that list them. */
function requireListed({ policy }: Principal, kind: OwnedKind, ids: readonly string[]): string[] {
  const foreign = ids.find((id) => !policy.knowledge?.some((glob) => matchesGlob(glob, id)))
  if (foreign !== undefined) throw notFound(kind, foreign)
  return []
}

/** An object without a recorded owner may belong to another key. */
function requireNone(kind: OwnedKind, [id]: readonly string[]): string[] {
  if (id !== undefined) throw notFound(kind, id)
  return []
}

/** The ids, of those given, that this key created. */
export function ownedOf(env: Env, who: Principal, kind: OwnedKind, ids: readonly string[]): Promise<Owned[]> {
  return meterOf(env, who, (meter) => meter.owned(kind, [...ids]))
}

/**
 * Records an object that this key just created; awaited before the caller gets the id, so that the id works at once.
 */
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

/** Removes the record of a deleted object. */
export function forgetOwned(env: Env, who: Principal, kind: OwnedKind, id: string): Promise<void> {
  if (ownable(kind).owner === 'registry') return unregister(env, ownerMeter(who), kind, id)
  return meterOf(env, who, (meter) => meter.disown(kind, id))
}

/** One page of the objects that this key created, newest first; `after` is the last id of the previous page. */
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
 * The meter that records a caller's objects: that of the key or, for a session token, that of its end user. A token
 * without a user owns only what it created itself, since it may be in any browser.
 */
function ownerMeter(principal: Principal): string {
  return userMeter(principal) ?? keyMeter(principal)
}

type Stub = ReturnType<Meters['getByName']>

function meterOf<T>(env: Env, who: Principal, call: (meter: Stub) => Promise<T>): Promise<T> {
  return askRecord(async () => call(meterNamespace(env).getByName(ownerMeter(who))))
}
