import { isKeyId } from '../../src/policy/key-record.ts'
import { UsageError } from './command.ts'
import { askGateway, type Gateway } from './gateway.ts'
import type { Fields } from './policy.ts'

/** The answer to `GET /edge/keys`. */
interface Page {
  keys: Fields[]
  cursor?: string
}

/** All client keys, newest first. */
export async function listKeys(gateway: Gateway): Promise<Fields[]> {
  const keys: Fields[] = []
  let cursor: string | undefined
  do {
    const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`
    const page = JSON.parse(await askGateway(gateway, 'GET', `/edge/keys${query}`)) as Page
    keys.push(...page.keys)
    cursor = page.cursor
  } while (cursor !== undefined)
  return keys
}

/**
 * The id of the key that a text names: by its id, also of a revoked key, or by the name of exactly one key.
 *
 * @throws UsageError if no key or several keys have the name.
 */
export async function idOfKey(text: string, gateway: Gateway): Promise<string> {
  if (isKeyId(text)) return text
  const ids = (await listKeys(gateway)).filter(({ name }) => name === text).map(({ id }) => String(id))
  const [id] = ids
  if (id === undefined) {
    throw new UsageError(`No client key is named "${text}". npm run edge -- keys list shows them.`)
  }
  if (ids.length > 1) {
    throw new UsageError(`${ids.length} client keys are named "${text}". Use an id: ${ids.join(', ')}`)
  }
  return id
}
