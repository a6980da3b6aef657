import * as z from 'zod/mini'

/**
 * A rule about one value, for the `check` of its schema. Unlike one between members (`z.refine`), the sentence that
 * refuses the value says what was found.
 *
 * One function for all rules in place of zod's `gte`, `minLength` and so on, each of which weighs as much as a schema.
 */
export function must<Value>(isRight: (value: Value) => boolean, phrase: string) {
  return z.check<Value>(({ value, issues }) => {
    if (isRight(value)) return
    issues.push({
      code: 'invalid_format',
      format: 'rule',
      input: String(value),
      message: phrase,
      continue: true,
    })
  })
}

/** The rule that a text or an array has something in it. */
export function notEmpty(phrase: string) {
  return must((value: { length: number }) => value.length > 0, phrase)
}
