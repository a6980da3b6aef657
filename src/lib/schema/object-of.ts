import * as z from 'zod/mini'
import { isJsonObject } from '../json/object.ts'
import { CONTEXT } from './context.ts'

/** What the members of an object must be, by their names. */
export type Members = Readonly<Record<string, z.core.$ZodType>>

/** The values that members pass. */
export type Values<Of extends Members> = { [Name in keyof Of]: z.output<Of[Name]> }

const ANYTHING = z.unknown()

type Issues = z.core.$ZodRawIssue[]

/**
 * An object that is judged by a function. zod's own objects copy what they check, weigh as much as everything else of it
 * that the gateway uses, and run a schema for each member that is not there.
 *
 * @param judge puts what is wrong with an object among the issues.
 */
export function objectOf<Shape>(judge: (value: Record<string, unknown>, issues: Issues) => void) {
  return ANYTHING.check(({ value, issues }) => {
    if (isJsonObject(value)) judge(value, issues)
    else issues.push({ code: 'invalid_type', expected: 'object', input: value, continue: false })
  }) as z.ZodMiniType<Shape>
}

/** Whether a member is wrong; then its issues are among the object's. */
export function isWrong(schema: z.core.$ZodType, name: string, member: unknown, issues: Issues): boolean {
  const found = schema._zod.run({ value: member, issues: [] }, CONTEXT)
  if (found instanceof Promise || found.issues.length === 0) return false
  for (const issue of found.issues) issues.push({ ...issue, path: [name, ...(issue.path ?? [])] })
  return true
}
