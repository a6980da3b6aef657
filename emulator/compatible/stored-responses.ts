import type { Account, StoredResponse } from '../accounts.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { type JsonObject, listOf, objectOf, textOf } from '../json.ts'
import { invalid, type Problem, problem } from '../problems.ts'

/** How long a background response waits and runs. In milliseconds. */
const BACKGROUND_MILLISECONDS = 150
const QUEUED_MILLISECONDS = 50

/** What a response continues: the earlier items, and the conversation to which its items are added. */
export interface History {
  kind: 'history'
  items: JsonObject[]
  previousId: string | undefined
  conversation: JsonObject[] | undefined
}

/** The history of a request, from `previous_response_id` or `conversation`, but not both. */
export function historyOf({ account, body }: Exchange): History | Problem {
  const previousId = textOf(body.previous_response_id)
  const conversationId = textOf(body.conversation) || textOf(objectOf(body.conversation).id)
  if (previousId !== '' && conversationId !== '') {
    return invalid('previous_response_id and conversation are mutually exclusive.')
  }
  if (previousId !== '') {
    const previous = account.responses.get(previousId)
    if (!previous) return noSuchResponse(previousId)
    const items = [...previous.items, ...listOf(previous.whole.output).map(objectOf)]
    return { kind: 'history', items, previousId, conversation: undefined }
  }
  if (conversationId === '')
    return { kind: 'history', items: [], previousId: undefined, conversation: undefined }
  const conversation = account.conversations.get(conversationId)
  if (!conversation) return problem('NotFound', `Conversation with id '${conversationId}' not found.`)
  return {
    kind: 'history',
    items: [...conversation.items],
    previousId: undefined,
    conversation: conversation.items,
  }
}

/** Stores a response unless `store` is false; returns its current state, which for `background` is queued. */
export function keepResponse(
  { account, body, fault, now, requestId }: Exchange,
  whole: JsonObject,
  { items, previousId, conversation }: History,
): JsonObject {
  const input =
    typeof body.input === 'string'
      ? [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: body.input }] }]
      : listOf(body.input).map(objectOf)
  const named = input.map((item, index) => ({ id: `msg_in_${requestId}_${index}`, ...item }))
  const pending = fault?.name === 'task-pending' ? fault.milliseconds : BACKGROUND_MILLISECONDS
  conversation?.push(...named, ...listOf(whole.output).map(objectOf))
  const stored: StoredResponse = {
    id: textOf(whole.id),
    whole: { ...whole, previous_response_id: previousId ?? null },
    items: [...items, ...named],
    createdAt: now,
    readyAt: body.background === true ? now + pending : now,
    cancelledAt: undefined,
    previousId,
  }
  if (body.store !== false) remember(account, stored)
  return shown(stored, now)
}

/** Answers GET …/responses/{id}. */
export function getResponse({ account, now, parts }: Exchange): EmulatorResponse {
  const id = parts.at(-1) ?? ''
  const stored = account.responses.get(id)
  return stored ? { kind: 'json', body: shown(stored, now) } : noSuchResponse(id)
}

/** Answers DELETE …/responses/{id}. */
export function deleteResponse({ account, parts }: Exchange): EmulatorResponse {
  const id = parts.at(-1) ?? ''
  if (!account.responses.delete(id)) return noSuchResponse(id)
  return { kind: 'json', body: { id, object: 'response', deleted: true } }
}

/** Answers POST …/responses/{id}/cancel: only a background response that runs can be cancelled. */
export function cancelResponse({ account, now, parts }: Exchange): EmulatorResponse {
  const id = parts.at(-1) ?? ''
  const stored = account.responses.get(id)
  if (!stored) return noSuchResponse(id)
  if (now >= stored.readyAt)
    return invalid('Only a background response that is in progress can be cancelled.')
  stored.cancelledAt ??= now
  return { kind: 'json', body: shown(stored, now) }
}

/** Answers GET …/responses/{id}/input_items, one page, newest first by default. */
export function listInputItems({ account, parts, url }: Exchange): EmulatorResponse {
  const id = parts.at(-1) ?? ''
  const stored = account.responses.get(id)
  if (!stored) {
    const error = { message: `Response with id '${id}' not found.`, type: 'InvalidParameter' }
    return { kind: 'json', status: 400, body: { error } }
  }
  const { createdAt, previousId, whole } = stored
  const previous = previousId === undefined ? {} : { previous_response_id: previousId }
  const more = { id, model: whole.model, created_at: createdAt, ...previous }
  return { kind: 'json', body: { ...pageOf(stored.items, url.searchParams), ...more } }
}

/** A page of items in the format of OpenAI's lists, for a query with `after`, `limit` and `order`. */
export function pageOf(items: readonly JsonObject[], query: URLSearchParams): JsonObject {
  const ordered = query.get('order') === 'asc' ? items : items.toReversed()
  const after = ordered.findIndex(({ id }) => id === query.get('after'))
  const limit = Number(query.get('limit') ?? 20)
  const data = ordered.slice(after + 1, after + 1 + limit)
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: after + 1 + data.length < ordered.length,
  }
}

function remember({ responses }: Account, stored: StoredResponse): void {
  responses.set(stored.id, stored)
}

/** The state of a background response depends only on the time. */
function shown({ whole, createdAt, readyAt, cancelledAt }: StoredResponse, now: number): JsonObject {
  const isPending = now < readyAt
  if (cancelledAt === undefined && !isPending) return whole
  const pending = now < createdAt + QUEUED_MILLISECONDS ? 'queued' : 'in_progress'
  const status = cancelledAt === undefined ? pending : 'cancelled'
  return { ...whole, status, background: true, output: [], usage: null }
}

function noSuchResponse(id: string): Problem {
  return problem('NotFound', `Response with id '${id}' not found.`)
}
