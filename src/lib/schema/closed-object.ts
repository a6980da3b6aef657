import { isWrong, type Members, objectOf, type Values } from './object-of.ts'

/**
 * An object in which every unknown member is refused: a misspelt limit must not become no limit. The first that is wrong
 * is the one that is named.
 *
 * @param required members that must be there.
 * @param optional members that may be left out.
 * @param removable members that may be left out or be null.
 */
export function closedObject<
  Required extends Members,
  Optional extends Members,
  Removable extends Members = Record<never, never>,
>(required: Required, optional: Optional, removable?: Removable) {
  const shape: Members = { ...required, ...optional, ...removable }
  const members = Object.entries(shape)
  return objectOf<
    Values<Required> &
      Partial<Values<Optional>> & { [Name in keyof Removable]?: Values<Removable>[Name] | null }
  >((value, issues) => {
    for (const [name, schema] of members) {
      const isLeftOut = value[name] === undefined && !(name in required)
      const isRemoved = value[name] === null && removable !== undefined && name in removable
      if (!isLeftOut && !isRemoved && isWrong(schema, name, value[name], issues)) return
    }
    const keys = Object.keys(value).filter((name) => !Object.hasOwn(shape, name))
    if (keys.length === 0) return
    const unknown = keys.map((name) => JSON.stringify(name)).join(', ')
    const message = `only ${Object.keys(shape).join(', ')} and not ${unknown}`
    issues.push({ code: 'unrecognized_keys', keys, input: value, message, continue: false })
  })
}
