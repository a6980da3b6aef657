import type { ParseArgsOptionsConfig } from 'node:util'
import { removalFlags, SWITCHES, VALUE_FLAGS, type ValueFlag } from './policy-flags.ts'

/** The flags of `keys create`. */
export const CREATE_OPTIONS: ParseArgsOptionsConfig = {
  ...Object.fromEntries(VALUE_FLAGS.map(({ flag, kind }) => [flag, stringOption(kind)])),
  ...Object.fromEntries(SWITCHES.map(({ flag }) => [flag, { type: 'boolean' } as const])),
}

/** The flags of `keys change`: the same, and the flags that remove fields. */
export const CHANGE_OPTIONS: ParseArgsOptionsConfig = {
  ...CREATE_OPTIONS,
  ...Object.fromEntries(SWITCHES.map(({ back }) => [back, { type: 'boolean' } as const])),
  ...Object.fromEntries(removalFlags().map(({ flag }) => [flag, { type: 'boolean' } as const])),
}

function stringOption(kind: ValueFlag['kind']): ParseArgsOptionsConfig[string] {
  return ['list', 'numbers', 'map', 'chains'].includes(kind)
    ? { type: 'string', multiple: true }
    : { type: 'string' }
}
