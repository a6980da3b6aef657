import { isWrong, type Members, objectOf, type Values } from './object-of.ts'

type Open<Required extends Members, Optional extends Members> = Values<Required> & {
  [Name in keyof Optional]?: Values<Optional>[Name] | null
}

/**
 * An object of which some members are checked and every other one passes. The first that is wrong is the one that is named.
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
  return objectOf<Open<Required, Optional>>((value, issues) => {
    for (const [name, schema] of needed) {
      if (isWrong(schema, name, value[name], issues)) return
    }
    for (const [name, schema] of possible) {
      const member = value[name] ?? undefined
      if (member !== undefined && isWrong(schema, name, member, issues)) return
    }
  })
}
