import type * as z from 'zod/mini'

/** A type of zod's as a reader of JSON knows it. */
const KINDS: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
}

/**
 * What a schema expected where an issue arose, as a noun phrase ("a string or an array"). It serves as zod's error
 * map: zod/mini brings no texts of its own, and a schema's own `error` goes before it.
 */
export function expectation(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? 'another type'
    case 'invalid_value':
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
    case 'invalid_union':
      return alternatives(issue.errors)
    default:
      return 'another value'
  }
}

function alternatives(branches: z.core.$ZodIssue[][]): string {
  const phrases = new Set(branches.flatMap((issues) => issues.slice(0, 1).map((issue) => issue.message)))
  return [...phrases].join(' or ')
}
