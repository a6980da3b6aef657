import { GatewayError } from '../errors.ts'
import type { KeyRecord, Limits } from './key-record.ts'
import { mayUseModel } from './policy.ts'

const BUDGETS: readonly (keyof Limits)[] = [
  'tokens_per_day',
  'tokens_per_month',
  'money_per_day',
  'money_per_month',
  'audio_seconds_per_day',
  'characters_per_day',
]

/**
 * Checks the rules between the fields of a key on every write, since changing one field can break them.
 *
 * @throws GatewayError `invalid`, naming the field.
 */
export function requireConsistent(record: KeyRecord): void {
  for (const [alias, target] of Object.entries(record.aliases ?? {})) {
    requireAllowed(record, target, `aliases.${alias}`)
  }
  for (const [model, targets] of Object.entries(record.fallbacks ?? {})) {
    for (const [position, target] of targets.entries()) {
      requireAllowed(record, target, `fallbacks.${model}[${position}]`)
    }
  }
  if (record.alerts && !BUDGETS.some((budget) => record.limits?.[budget] !== undefined)) {
    throw new GatewayError(
      'invalid',
      `alerts: the key has no budget. Set one of limits.${BUDGETS.join(', limits.')}.`,
      {
        param: 'alerts',
      },
    )
  }
}

/** A request for an alias goes to its target, so the policy must allow the target. */
function requireAllowed(record: KeyRecord, model: string, param: string): void {
  if (mayUseModel(record, model)) return
  throw new GatewayError(
    'invalid',
    `${param}: expected a model that the key's "models" allow, got "${model}". Add it to "models", or use another one.`,
    { param },
  )
}
