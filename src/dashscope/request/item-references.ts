import { isJsonObject } from '../../lib/json/object.ts'
import type { Endpoint } from '../endpoint.ts'

/** The type of an item that refers to another one; in OpenAI's API it is optional. */
export const ITEM_REFERENCE = 'item_reference'

/** Where a request of the Responses or the Conversations API has its items. */
const ITEM_MEMBERS = ['input', 'items'] as const

/**
 * Ids of items that a request refers to instead of sending them. DashScope's page lists no such input, and full items
 * that are sent with their old id are not references.
 *
 * @param body the parsed request.
 */
export function itemReferencesIn(body: unknown, { ownership }: Pick<Endpoint, 'ownership'>): string[] {
  const takesItems = ownership?.kind === 'response' || ownership?.kind === 'conversation'
  if (!takesItems || !isJsonObject(body)) return []
  const items = ITEM_MEMBERS.map((name) => body[name]).filter(Array.isArray)
  return items.flat().flatMap((item) => (isJsonObject(item) && isReference(item) ? [item.id] : []))
}

function isReference(item: Record<string, unknown>): item is Record<string, unknown> & { id: string } {
  const { id, type = null, role } = item
  if (typeof id !== 'string') return false
  return type === ITEM_REFERENCE || (type === null && typeof role !== 'string')
}
