import type * as z from 'zod/mini'
import { isWrong, objectOf } from './object-of.ts'

/** An object in which every member, whatever its name, passes one schema. The first that is wrong is the one that is named. */
export function recordOf<Schema extends z.core.$ZodType>(schema: Schema) {
  return objectOf<Record<string, z.output<Schema>>>((value, issues) => {
    Object.entries(value).some(([name, member]) => isWrong(schema, name, member, issues))
  })
}
