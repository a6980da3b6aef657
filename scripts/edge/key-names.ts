import { isKeyId } from '../../src/policy/key-record.ts'
import { UsageError } from './command.ts'
import { askGateway, type Gateway } from './gateway.ts'
import type { Fields } from './policy.ts'

/** The response to `GET /edge/keys`. */
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
 * Resolves a key: by its id, even of a revoked key, or by a unique name.
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
