import * as z from 'zod/mini'

type Shape = Readonly<Record<string, z.core.$ZodType>>

/**
 * An object that refuses unknown members with a message that lists the known ones: a misspelt limit must not be
 * ignored.
 */
export function closedObject<Members extends Shape>(members: Members) {
  const names = Object.keys(members).join(', ')
  return z.strictObject(members, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `only ${names} and not ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`
        : undefined,
  })
}

/** The same members, all nullable; null removes a member (JSON Merge Patch, RFC 7396). */
export function removable<Members extends Shape>(members: Members) {
  const entries = Object.entries(members).map(([name, schema]) => [name, z.nullable(schema)])
  return Object.fromEntries(entries) as { [Name in keyof Members]: z.ZodMiniNullable<Members[Name]> }
}
