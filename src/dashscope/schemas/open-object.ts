import * as z from 'zod/mini'
import { isJsonObject } from '../../json/object.ts'
import { CONTEXT } from './context.ts'

type Members = Readonly<Record<string, z.core.$ZodType>>

type Open<Required extends Members, Optional extends Members> = {
  [Name in keyof Required]: z.output<Required[Name]>
} & { [Name in keyof Optional]?: z.output<Optional[Name]> | null }

/**
 * An object of which some members are checked and every other one passes. The first that is wrong is the one that is named.
 *
 * zod's own `looseObject` would run a schema for each of the many parameters that a request does not name, and copy those
 * that nobody checks; this one only looks.
 *
 * @param required members that must be there.
 * @param optional members that are checked where they are there; null counts as missing.
 */
export function openObject<Required extends Members, Optional extends Members>(
  required: Required,
  optional: Optional,
) {
  const needed = Object.entries(required)
  const possible = Object.entries(optional)
  return z.custom<Open<Required, Optional>>().check(({ value, issues }) => {
    if (!isJsonObject(value)) {
      issues.push({ code: 'invalid_type', expected: 'object', input: value, continue: false })
      return
    }
    for (const [name, schema] of needed) {
      if (isWrong(schema, name, value[name], issues)) return
    }
    for (const [name, schema] of possible) {
      const member = value[name] ?? undefined
      if (member !== undefined && isWrong(schema, name, member, issues)) return
    }
  })
}

/** Whether a member is wrong; then its issues are among the object's. */
function isWrong(
  schema: z.core.$ZodType,
  name: string,
  member: unknown,
  issues: z.core.$ZodRawIssue[],
): boolean {
  const found = schema._zod.run({ value: member, issues: [] }, CONTEXT)
  if (found instanceof Promise || found.issues.length === 0) return false
  for (const issue of found.issues) issues.push({ ...issue, path: [name, ...(issue.path ?? [])] })
  return true
}
