import type { Env } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { askRegistry, type KeyName } from '../keys/registry.ts'
import { type Meters, meterNamespace } from '../meter/meters.ts'
import type { EdgeCaller } from './caller.ts'

/** The maximum number of meters per report: each is a subrequest, and the Free plan allows 50. */
export const MAX_METERS = 40

/** Meters read in parallel; each sends up to some megabytes. */
const METERS_AT_ONCE = 10

/** The keys that a report covers. */
export type ReportKeys =
  | { kind: 'some'; keys: KeyName[]; of: number }
  /** More keys than a report can read one by one. */
  | { kind: 'many'; recent: KeyName[]; of: number }

/**
 * The keys that a report covers: a client's own, the one given by the operator, or all.
 *
 * @throws GatewayError `denied` if a client gives another key.
 */
export async function reportKeys(
  env: Env,
  caller: EdgeCaller,
  named: string | undefined,
): Promise<ReportKeys> {
  const own = caller.kind === 'client' ? caller.principal.keyId : undefined
  if (own !== undefined && named !== undefined && named !== own) {
    throw new GatewayError('denied', 'A client key may only see its own usage. Leave "key" out.', {
      param: 'key',
    })
  }
  const asked = own ?? named
  if (asked !== undefined) {
    const found = await askRegistry(env, (registry) => registry.names([asked]))
    return { kind: 'some', keys: found.length > 0 ? found : [{ id: asked, name: '' }], of: 1 }
  }
  const { keys, of } = await askRegistry(env, (registry) => registry.recent(MAX_METERS))
  return of <= MAX_METERS ? { kind: 'some', keys, of } : { kind: 'many', recent: keys, of }
}

/** The keys whose meters a report reads. */
export function keysAsked(keys: ReportKeys): readonly KeyName[] {
  return keys.kind === 'many' ? keys.recent : keys.keys
}

/** The results of meters, and the keys whose meters failed. */
export interface MeterResults<Result> {
  results: [key: KeyName, result: Result][]
  failed: string[]
}

/** Reads the meters of keys; if one fails, the others are still returned. */
export async function askMeters<Result>(
  env: Env,
  keys: readonly KeyName[],
  ask: (meter: ReturnType<Meters['getByName']>, key: KeyName) => Promise<Result>,
): Promise<MeterResults<Result>> {
  const meters = meterNamespace(env)
  const asked: MeterResults<Result> = { results: [], failed: [] }
  for (let start = 0; start < keys.length; start += METERS_AT_ONCE) {
    const group = keys.slice(start, start + METERS_AT_ONCE)
    const settled = await Promise.allSettled(group.map(async (key) => ask(meters.getByName(key.id), key)))
    for (const [index, result] of settled.entries()) {
      const key = group[index]
      if (key && result.status === 'fulfilled') asked.results.push([key, result.value])
      else if (key) asked.failed.push(key.id)
    }
  }
  if (asked.results.length > 0 || asked.failed.length === 0) return asked
  throw new GatewayError('unavailable', 'The meters do not respond. Try again in a moment.', {
    headers: { 'retry-after': '2' },
  })
}

/** The members of a report that mention missing keys. */
export function gaps({ failed }: Pick<MeterResults<unknown>, 'failed'>, keys: ReportKeys): object {
  return {
    ...(failed.length > 0 && { failed }),
    ...(keys.kind === 'many' && { partial: { keys_asked: keys.recent.length, keys: keys.of } }),
  }
}
