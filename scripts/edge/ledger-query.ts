import type { Input } from './command.ts'
import type { Gateway } from './gateway.ts'
import { idOfKey } from './key-names.ts'

/** The flag with the key whose jobs or messages are used. */
export const KEY = { key: { type: 'string' } } as const

/** The flags of every list. */
export const FILTERS = {
  ...KEY,
  status: { type: 'string' },
  since: { type: 'string' },
  limit: { type: 'string' },
} as const

/** The query for the given flags, with the key's id; empty without flags. */
export async function ledgerQuery(values: Input['values'], gateway: Gateway): Promise<string> {
  const given = Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  )
  const pairs = await Promise.all(
    given.map(async ([name, value]) => [name, name === 'key' ? await idOfKey(value, gateway) : value]),
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`
}
