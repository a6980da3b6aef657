import type * as z from 'zod/mini'

/** The JSON names of zod's types. */
const KINDS: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
}

/**
 * Describes what a schema expected, as a noun phrase ("a string or an array"). It serves as zod's error map, since
 * zod/mini has no messages. A schema's own `error` takes precedence.
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
