import * as z from 'zod/mini'

/**
 * A rule about one value, for the `check` of its schema.
 *
 * @param phrase completes "expected …"; the error message adds what was found instead.
 */
export function refine<Value>(isValid: (value: Value) => boolean, phrase: string) {
  return z.refine<Value>((value) => isValid(value), { error: phrase, abort: true })
}

/**
 * A rule with a complete message, such as a rule between two members.
 *
 * @param path from the value to the invalid member.
 */
export function refineMessage<Value>(
  isValid: (value: Value) => boolean,
  phrase: string,
  path: string[] = [],
) {
  return z.refine<Value>((value) => isValid(value), {
    error: phrase,
    path,
    params: { isWholeMessage: true },
    abort: true,
  })
}

/** The rule that a string or an array is not empty. */
export function notEmpty<Value extends { length: number }>(phrase: string) {
  return refine<Value>((value) => value.length > 0, phrase)
}
