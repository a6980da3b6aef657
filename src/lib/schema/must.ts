import type * as z from 'zod/mini'

/**
 * A rule about one value, for the `check` of its schema; the sentence that refuses the value says what was found.
 *
 * One function for all rules in place of zod's `gte`, `minLength` and so on, each of which weighs as much as a schema
 * and takes as long to make.
 */
export function must<Value>(isRight: (value: Value) => boolean, phrase: string): z.core.CheckFn<Value> {
  return ({ value, issues }) => {
    if (isRight(value)) return
    issues.push({
      code: 'invalid_format',
      format: 'rule',
      // Nobody reads it, and the text of an object may be what a caller made it.
      input: '',
      message: phrase,
      continue: true,
    })
  }
}

/** The rule that a text or an array has something in it. */
export function notEmpty(phrase: string) {
  return must((value: { length: number }) => value.length > 0, phrase)
}

/**
 * A rule whose phrase says all by itself, such as one between members.
 *
 * @param path from the value to the member that is to blame.
 */
export function rule<Value>(
  isRight: (value: Value) => boolean,
  phrase: string,
  path: string[] = [],
): z.core.CheckFn<Value> {
  return ({ value, issues }) => {
    if (isRight(value)) return
    // A copy: zod puts the way to the value in front of it, in place.
    issues.push({ code: 'custom', path: [...path], input: value, message: phrase, continue: true })
  }
}
