import { createHash } from 'node:crypto'
import { dayOf } from '../lib/calendar.ts'
import { addMeasures, type Measures, measuresOf } from './measures.ts'
import type { Settlement } from './settlement.ts'

/** Characters of a model's or a user's name in the usage; both come from callers. */
export const MAX_USAGE_NAME_CHARACTERS = 128

/** Hexadecimal digits of a hash that tell two long names apart. */
const NAME_HASH_DIGITS = 16

/** The usage of requests that agree in day, model and end user. */
export interface UsageSum {
  /** When the first of them came in: its day is the one that is charged, also where the response ends after midnight. */
  startedMs: number
  day: string
  model: string
  /** The end user, or an empty text. */
  user: string
  measures: Measures
}

/** The usage of one request. */
export function usageSumOf(settlement: Settlement): UsageSum {
  const { startedMs, model, user } = settlement
  const names = { day: dayOf(startedMs), model: usageName(model), user: usageName(user) }
  return { startedMs, ...names, measures: measuresOf(settlement) }
}

/** Adds up usage: one sum for each combination of names. */
export class UsageSums {
  readonly #sums = new Map<string, UsageSum>()

  add(added: UsageSum): void {
    const name = JSON.stringify([added.day, added.model, added.user])
    const sum = this.#sums.get(name)
    if (sum) addMeasures(sum.measures, added.measures)
    else this.#sums.set(name, { ...added, measures: { ...added.measures } })
  }

  all(): UsageSum[] {
    return [...this.#sums.values()]
  }
}

/** A name as the usage has it: two long names that begin alike stay two names. */
export function usageName(name: string): string {
  if (name.length <= MAX_USAGE_NAME_CHARACTERS) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, NAME_HASH_DIGITS)
  return `${name.slice(0, MAX_USAGE_NAME_CHARACTERS - NAME_HASH_DIGITS - 1)}~${hash}`
}
