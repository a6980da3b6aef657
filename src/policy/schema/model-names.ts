import * as z from 'zod/mini'
import { refineMessage } from '../../lib/schema/refine.ts'
import { isModelName, modelName, nonEmptyList } from './fields.ts'

/** Maximum number of aliases of a key, or of models with fallbacks. */
const MAX_NAMES = 100

/** The maximum number of fallbacks. They share one deadline, so more than a few would never be tried. */
const MAX_FALLBACKS = 5

const NAMES = `at most ${MAX_NAMES} names of models, of 1 to 200 characters without spaces and "*"`

/** `{"gpt-4o": "qwen-plus"}`. */
export const aliases = z.record(z.string(), modelName).check(refineMessage(hasModelNames, NAMES))

const chain = nonEmptyList(modelName).check(
  refineMessage(({ length }) => length <= MAX_FALLBACKS, `at most ${MAX_FALLBACKS} fallbacks`),
)

/** `{"qwen-max": ["qwen-plus"]}`. */
export const fallbacks = z
  .record(z.string(), chain)
  .check(
    refineMessage(hasModelNames, NAMES),
    refineMessage(hasNoRepetition, 'each model at most once in a chain'),
  )

function hasModelNames(value: Record<string, unknown>): boolean {
  const names = Object.keys(value)
  return names.length <= MAX_NAMES && names.every(isModelName)
}

function hasNoRepetition(value: Record<string, string[]>): boolean {
  return Object.entries(value).every(
    ([model, targets]) => new Set([model, ...targets]).size === targets.length + 1,
  )
}
