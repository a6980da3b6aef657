import type { Endpoint } from '../dashscope/endpoint.ts'
import { GatewayError } from '../errors.ts'
import { isJsonObject } from '../lib/json/object.ts'
import type { Outline } from '../lib/json/outline.ts'
import { type Additions, membersOf, memberText, prepend } from '../lib/json/splice.ts'

type Members = Record<string, unknown>

/** Roles of messages that instruct the model. */
const SYSTEM_ROLES: readonly unknown[] = ['system', 'developer']

const NOTHING: Additions = { members: [], splices: [] }

/**
 * The splices that insert a frozen system message into a body: as the first of `messages`, as Anthropic's `system`,
 * or as the `instructions` of a response. Other system messages are refused, since they could revoke it.
 *
 * @throws GatewayError `denied`, naming the field with another system message, or one that cannot contain a system
 *   message.
 */
export function freezeSystem(outline: Outline, body: Members, system: string, endpoint: Endpoint): Additions {
  switch (endpoint.systemMessage) {
    case 'text-messages':
      return freezeNative(outline, body, system, system)
    case 'part-messages':
      return freezeNative(outline, body, system, [{ text: system }])
    case 'messages':
      return freezeMessages(outline, membersOf(outline, 0).get('messages'), body.messages, {
        field: 'messages',
        message: { role: 'system', content: system },
        system,
      })
    case 'system':
      refuseOtherRoles('messages', body.messages)
      return freezeMember(body, 'system', system)
    case 'instructions':
      refuseInstructions(body)
      return freezeMember(body, 'instructions', system)
    default:
      throw new GatewayError(
        'denied',
        'The session token freezes a system message, but this endpoint has no system messages. Use an endpoint for conversations.',
        { param: 'system' },
      )
  }
}

/** The older `prompt` is not a message, and nothing can be inserted into encrypted input. */
function freezeNative(outline: Outline, body: Members, system: string, content: unknown): Additions {
  const { input } = body
  if (!isJsonObject(input)) throw denied('input', 'Send it as an object with messages')
  for (const field of ['prompt', 'history', 'text']) {
    if ((input[field] ?? undefined) !== undefined)
      throw denied(`input.${field}`, 'Send input.messages instead')
  }
  const inputNode = membersOf(outline, 0).get('input') ?? 0
  return freezeMessages(outline, membersOf(outline, inputNode).get('messages'), input.messages, {
    field: 'input.messages',
    message: { role: 'system', content },
    system,
  })
}

function freezeMessages(
  outline: Outline,
  node: number | undefined,
  messages: unknown,
  fixed: { field: string; message: object; system: string },
): Additions {
  if (node === undefined || !Array.isArray(messages)) throw denied(fixed.field, 'Send messages')
  let isThere = false
  for (const [position, message] of messages.entries()) {
    if (!isJsonObject(message) || !SYSTEM_ROLES.includes(message.role)) continue
    if (position > 0 || singleText(message.content) !== fixed.system) {
      throw denied(`${fixed.field}[${position}]`, 'Leave this message out')
    }
    isThere = true
  }
  return isThere
    ? NOTHING
    : { members: [], splices: [prepend(outline, node, [JSON.stringify(fixed.message)])] }
}

function freezeMember(body: Members, field: string, system: string): Additions {
  if (!Object.hasOwn(body, field)) return { members: [memberText(field, system)], splices: [] }
  if (singleText(body[field]) !== system) throw denied(field, 'Leave it out')
  return NOTHING
}

/** A stored prompt contains its own instructions. */
function refuseInstructions({ input, prompt }: Members): void {
  if ((prompt ?? undefined) !== undefined) throw denied('prompt', 'Leave it out')
  refuseOtherRoles('input', input)
}

/** With a frozen system prompt only `user` and `assistant` are allowed; other roles could carry instructions. */
function refuseOtherRoles(field: string, items: unknown): void {
  if (!Array.isArray(items)) return
  for (const [position, item] of items.entries()) {
    const role = isJsonObject(item) ? (item.role ?? 'user') : 'user'
    if (role !== 'user' && role !== 'assistant') throw denied(`${field}[${position}]`, 'Leave it out')
  }
}

/** The allowed members of a text part; others could contain another message. */
const TEXT_PART_KEYS = ['type', 'text', 'cache_control']

/** The text of a content that is a plain text or a single text part. */
function singleText(content: unknown): unknown {
  if (!Array.isArray(content)) return content
  const [part] = content
  const isText = isJsonObject(part) && Object.keys(part).every((key) => TEXT_PART_KEYS.includes(key))
  return content.length === 1 && isText ? part.text : undefined
}

function denied(param: string, advice: string): GatewayError {
  return new GatewayError('denied', `${param}: the session token freezes the system message. ${advice}.`, {
    param,
  })
}
