import { UsageError } from './command.ts'
import { askGateway, type Gateway } from './gateway.ts'
import type { Fields } from './policy.ts'

/** Objects with a name in addition to their id, and where they are listed. */
const NAMED = {
  hook: { id: /^hk_\w{22}$/, path: '/edge/hooks' },
  preset: { id: /^ps_\w{22}$/, path: '/edge/presets' },
} as const

type Named = keyof typeof NAMED

/** All hooks or presets, of one key or of all keys. */
export async function listNamed(what: Named, gateway: Gateway, key?: string): Promise<Fields[]> {
  const query = key === undefined ? '' : `?key=${encodeURIComponent(key)}`
  const { data } = JSON.parse(await askGateway(gateway, 'GET', NAMED[what].path + query)) as {
    data: Fields[]
  }
  return data
}

/**
 * The path of a hook or preset, given by its id or a unique name.
 *
 * @throws UsageError if none or several have the name.
 */
export async function pathOfNamed(what: Named, text: string, gateway: Gateway): Promise<string> {
  return `${NAMED[what].path}/${await idOfNamed(what, text, gateway)}`
}

/** The id for the same; see {@link pathOfNamed}. */
export async function idOfNamed(what: Named, text: string, gateway: Gateway): Promise<string> {
  if (NAMED[what].id.test(text)) return text
  const found = (await listNamed(what, gateway)).filter(({ name }) => name === text)
  const ids = found.map(({ id }) => String(id))
  const [id] = ids
  if (id === undefined) {
    throw new UsageError(`No ${what} is named "${text}". npm run edge -- ${what}s list shows them.`)
  }
  if (ids.length > 1) {
    throw new UsageError(`${ids.length} ${what}s are named "${text}". Use an id: ${ids.join(', ')}`)
  }
  return id
}
