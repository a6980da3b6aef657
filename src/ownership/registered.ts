import type { Env } from '../config.ts'
import type { OwnedKind } from '../dashscope/ownable.ts'
import { registryOf } from '../meter/meters.ts'
import type { Owned } from '../meter/object/owned-table.ts'
import { registeredForm } from '../meter/object/registered-table.ts'
import { askRecord, notFound } from './refusals.ts'

/**
 * Refuses what another caller made. What no key made, such as DashScope's own voices, passes.
 *
 * @param owners the meters whose things the caller may use.
 * @returns the homes of those things.
 * @throws GatewayError `notFound`, or `unavailable` where the registry does not answer.
 */
export async function requireRegistered(
  env: Env,
  owners: readonly string[],
  kind: OwnedKind,
  ids: readonly string[],
): Promise<string[]> {
  const forms = ids.map(registeredForm)
  const rows = await askRecord(async () => registryOf(env).registered(kind, forms))
  return ids.flatMap((id, position) => {
    const made = rows.filter((row) => row.id === forms[position])
    const own = made.find(({ owner }) => owners.includes(owner))
    if (made.length > 0 && !own) throw notFound(kind, id)
    return own ? [own.home] : []
  })
}

/** Records what a caller has just made. */
export function register(
  env: Env,
  owner: string,
  kind: OwnedKind,
  { id, home }: Owned,
  nowMs: number,
): Promise<void> {
  const made = { id: registeredForm(id), owner, home }
  return askRecord(async () => registryOf(env).register(kind, made, nowMs))
}

/** Forgets what a caller has deleted. */
export function unregister(env: Env, owner: string, kind: OwnedKind, id: string): Promise<void> {
  return askRecord(async () => registryOf(env).unregister(kind, registeredForm(id), owner))
}
