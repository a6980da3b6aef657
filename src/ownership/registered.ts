import type { Env } from '../config.ts'
import type { OwnedKind } from '../dashscope/ownable.ts'
import { registryOf } from '../meter/meters.ts'
import type { Owned } from '../meter/object/owned-table.ts'
import { registeredForm } from '../meter/object/registered-table.ts'
import { askRecord, notFound } from './refusals.ts'

/**
 * Refuses objects that another caller created. Objects that no key created, such as DashScope's own voices, are
 * allowed.
 *
 * @param owners the meters whose objects the caller may use.
 * @param isStrict whether objects that no key created are refused as well.
 * @returns the homes of the objects.
 * @throws GatewayError `notFound`, or `unavailable` if the registry fails.
 */
export async function requireRegistered(
  env: Env,
  owners: readonly string[],
  kind: OwnedKind,
  ids: readonly string[],
  isStrict = false,
): Promise<string[]> {
  const forms = ids.map(registeredForm)
  const rows = await askRecord(async () => registryOf(env).registered(kind, forms))
  return ids.flatMap((id, position) => {
    const made = rows.filter((row) => row.id === forms[position])
    const own = made.find(({ owner }) => owners.includes(owner))
    if ((isStrict || made.length > 0) && !own) throw notFound(kind, id)
    return own ? [own.home] : []
  })
}

/** All objects of a kind that the given callers created, as ids in the form of {@link registeredAs}. */
export async function registeredBy(
  env: Env,
  owners: readonly string[],
  kind: OwnedKind,
): Promise<ReadonlySet<string>> {
  const rows = await Promise.all(
    owners.map((owner) => askRecord(async () => registryOf(env).registeredBy(kind, owner))),
  )
  return new Set(rows.flat().map(({ id }) => id))
}

/** The form in which ids are compared. */
export const registeredAs = registeredForm

/** Records an object that a caller just created. */
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

/** Removes the record of an object that a caller deleted. */
export function unregister(env: Env, owner: string, kind: OwnedKind, id: string): Promise<void> {
  return askRecord(async () => registryOf(env).unregister(kind, registeredForm(id), owner))
}
