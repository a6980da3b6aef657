import type { Conversation } from '../accounts.ts'
import { hex } from '../digest.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { type JsonObject, listOf, objectOf } from '../json.ts'
import { invalid, type Problem, problem } from '../problems.ts'
import { pageOf } from './stored-responses.ts'

/** Limits of the Conversations page. */
const MOST_ITEMS = 20
const MOST_PAIRS = 16

/** Answers POST /compatible-mode/v1/conversations in OpenAI's format; times are in milliseconds. */
export function createConversation(exchange: Exchange): EmulatorResponse {
  const { account, body, now, requestId } = exchange
  const refusal = refuseMembers(body)
  if (refusal) return refusal
  const conversation: Conversation = {
    id: `conv_${hex(requestId, 32)}`,
    createdAt: now,
    metadata: objectOf(body.metadata),
    items: itemsFrom(exchange),
  }
  account.conversations.set(conversation.id, conversation)
  return { kind: 'json', body: shown(conversation) }
}

/** Answers GET /compatible-mode/v1/conversations/{id}. */
export function getConversation(exchange: Exchange): EmulatorResponse {
  return onConversation(exchange, shown)
}

/** Answers POST /compatible-mode/v1/conversations/{id}, which replaces the metadata. */
export function updateConversation(exchange: Exchange): EmulatorResponse {
  const refusal = refuseMembers(exchange.body)
  if (refusal) return refusal
  return onConversation(exchange, (conversation) => {
    conversation.metadata = objectOf(exchange.body.metadata)
    return shown(conversation)
  })
}

/** Answers DELETE /compatible-mode/v1/conversations/{id}. */
export function deleteConversation(exchange: Exchange): EmulatorResponse {
  return onConversation(exchange, ({ id }) => {
    exchange.account.conversations.delete(id)
    return { id, object: 'conversation.deleted', deleted: true }
  })
}

/** Answers POST /compatible-mode/v1/conversations/{id}/items with the items that were added. */
export function createItems(exchange: Exchange): EmulatorResponse {
  const refusal = refuseMembers(exchange.body)
  if (refusal) return refusal
  return onConversation(exchange, ({ items }) => {
    const added = itemsFrom(exchange)
    items.push(...added)
    return pageOf(added, new URLSearchParams({ order: 'asc', limit: String(MOST_ITEMS) }))
  })
}

/** Answers GET /compatible-mode/v1/conversations/{id}/items. */
export function listItems(exchange: Exchange): EmulatorResponse {
  return onConversation(exchange, ({ items }) => pageOf(items, exchange.url.searchParams))
}

/** Answers GET /compatible-mode/v1/conversations/{id}/items/{item}. */
export function getItem(exchange: Exchange): EmulatorResponse {
  const [, wanted = ''] = exchange.parts
  return onConversation(
    exchange,
    ({ items }) => items.find(({ id }) => id === wanted) ?? notFound('Item', wanted),
  )
}

/** Answers DELETE /compatible-mode/v1/conversations/{id}/items/{item} with the conversation. */
export function deleteItem(exchange: Exchange): EmulatorResponse {
  const [, wanted = ''] = exchange.parts
  return onConversation(exchange, (conversation) => {
    const { items } = conversation
    const at = items.findIndex(({ id }) => id === wanted)
    if (at < 0) return notFound('Item', wanted)
    items.splice(at, 1)
    return shown(conversation)
  })
}

function onConversation(
  { account, parts }: Exchange,
  act: (conversation: Conversation) => JsonObject | Problem,
): EmulatorResponse {
  const [id = ''] = parts
  const conversation = account.conversations.get(id)
  if (!conversation) return notFound('Conversation', id)
  const result = act(conversation)
  return isProblem(result) ? result : { kind: 'json', body: result }
}

function isProblem(result: JsonObject | Problem): result is Problem {
  return result.kind === 'problem'
}

function refuseMembers({ items, metadata }: JsonObject): Problem | undefined {
  if (listOf(items).length > MOST_ITEMS) return invalid(`items: at most ${MOST_ITEMS} items.`)
  if (Object.keys(objectOf(metadata)).length > MOST_PAIRS)
    return invalid(`metadata: at most ${MOST_PAIRS} pairs.`)
  return undefined
}

function itemsFrom({ body, requestId }: Exchange): JsonObject[] {
  return listOf(body.items).map((value, index) => {
    const item = objectOf(value)
    const content =
      typeof item.content === 'string' ? [{ type: 'input_text', text: item.content }] : item.content
    const id = `msg_${hex(`${requestId}:${index}`, 32)}`
    return { ...item, id, type: 'message', status: 'completed', content }
  })
}

function shown({ id, createdAt, metadata }: Conversation): JsonObject {
  return { id, object: 'conversation', created_at: createdAt, metadata }
}

function notFound(what: string, id: string): Problem {
  return problem('NotFound', `${what} with id '${id}' not found.`)
}
