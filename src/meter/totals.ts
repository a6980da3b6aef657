import type { Env } from '../config.ts'
import { keysOrUnavailable } from '../keys/store.ts'
import { registryOf } from './meters.ts'
import type { ErrorTotal } from './object/error-totals.ts'
import type { KeyTotal, TotalsAsked, TotalsResult } from './object/totals.ts'

export { TOTAL_DIMENSIONS, totalsKey } from './object/totals.ts'

/**
 * Sums over all keys, from the reports of their meters to the registry.
 *
 * @throws GatewayError `unavailable` if the registry fails.
 */
export function askTotals(env: Pick<Env, 'REGISTRY'>, asked: TotalsAsked): Promise<TotalsResult> {
  return keysOrUnavailable(async () => registryOf(env).totals(asked))
}

/** Counters that are never reset, by key and model. */
export function askKeyTotals(env: Pick<Env, 'REGISTRY'>): Promise<KeyTotal[]> {
  return keysOrUnavailable(async () => registryOf(env).keyTotals())
}

/** Counters of errors that are never reset, by key, model and code. */
export function askErrorTotals(env: Pick<Env, 'REGISTRY'>): Promise<ErrorTotal[]> {
  return keysOrUnavailable(async () => registryOf(env).errorTotals())
}
