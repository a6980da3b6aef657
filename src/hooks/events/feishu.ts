import type { JsonObject } from '../../lib/json/object.ts'
import { objectAt, objectsAt, parseObject } from '../../lib/json/object.ts'
import { textOf } from '../../lib/json/utf8.ts'
import { type HookKind, idAt, type Payload, type Reading, textMember } from './event.ts'

/** Feishu retries after 15 s, 5 min, 1 h and 6 h; older messages are not answered. */
const MAX_AGE_SECONDS = 8 * 3600

/** Longer than the last retry. */
const DEDUPE_SECONDS = 12 * 3600

/**
 * Parses an event of Feishu or Lark. A retry may have a new `event_id`, so messages are deduplicated by `message_id`
 * ("receive message" page).
 *
 * @param kind which of the two platforms sent it.
 * @param botName the bot's name in mentions; without it any mention counts.
 */
export function readFeishu(
  { body, bodyHash, nowMs }: Payload,
  kind: Extract<HookKind, 'feishu' | 'lark'>,
  botName?: string,
): Reading {
  const sent = parseObject(textOf(body))
  const header = objectAt(sent, 'header')
  const event = objectAt(sent, 'event')
  if (!sent || !event) return { kind: 'malformed' }
  const type = textMember(header, 'event_type')
  const message = objectAt(event, 'message')
  const id = textMember(message, 'message_id') || textMember(header, 'event_id') || bodyHash
  if (type !== 'im.message.receive_v1')
    return { kind: 'ignored', id, reason: `${type || 'event'} needs no reply` }
  const sender = objectAt(event, 'sender')
  const createdMs = Number.parseInt(textMember(message, 'create_time'), 10)
  if (nowMs - createdMs > 1000 * MAX_AGE_SECONDS) return { kind: 'ignored', id, reason: 'older than 8 hours' }
  if (textMember(sender, 'sender_type') !== 'user') return { kind: 'ignored', id, reason: 'sent by a bot' }
  const content = parseObject(textMember(message, 'content'))
  const messageType = textMember(message, 'message_type')
  const mentions = objectsAt(message, 'mentions')
  const isDirect = textMember(message, 'chat_type') === 'p2p'
  const userId = textMember(objectAt(sender, 'sender_id'), 'open_id')
  return {
    kind: 'event',
    dedupe: [id],
    dedupeSeconds: DEDUPE_SECONDS,
    mentioned: isDirect || isMentioned(mentions, botName),
    event: {
      id,
      kind,
      type,
      text: withoutMentions(
        messageType === 'post' ? postText(content) : textMember(content, 'text'),
        mentions,
      ),
      user: { id: userId, name: userId, bot: false },
      chat: {
        id: textMember(message, 'chat_id'),
        type: isDirect ? 'direct' : 'group',
        name: textMember(message, 'chat_id'),
      },
      thread: textMember(message, 'thread_id') || textMember(message, 'root_id') || null,
      reply_to: id,
      quoted: textMember(message, 'parent_id') || null,
      images: imageKeys(messageType, content).map((source) => ({ name: 'image', source })),
      files:
        messageType === 'file'
          ? [{ name: textMember(content, 'file_name'), source: textMember(content, 'file_key') }]
          : [],
      url: null,
      raw: withoutToken(sent),
    },
  }
}

function isMentioned(mentions: readonly JsonObject[], botName: string | undefined): boolean {
  if (botName === undefined) return mentions.length > 0
  return mentions.some((mention) => textMember(mention, 'name') === botName)
}

/** `@_user_1` marks a mention in the text. */
function withoutMentions(text: string, mentions: readonly JsonObject[]): string {
  return mentions
    .reduce((rest, mention) => rest.replaceAll(textMember(mention, 'key') || '\0', ''), text)
    .trim()
}

/** The text of a rich text message: paragraphs of parts, in one or several languages. */
function postText(content: JsonObject | undefined): string {
  const post = content?.content ? content : objectAt(content, Object.keys(content ?? {})[0] ?? '')
  const paragraphs = Array.isArray(post?.content) ? post.content : []
  const lines = paragraphs.map((paragraph: unknown) =>
    objectsAt({ parts: paragraph }, 'parts')
      .map((part) => textMember(part, 'text'))
      .join(''),
  )
  return [textMember(post, 'title'), ...lines].filter(Boolean).join('\n')
}

function imageKeys(type: string, content: JsonObject | undefined): string[] {
  if (type === 'image') return [idAt(content, 'image_key')]
  const paragraphs = type === 'post' && Array.isArray(content?.content) ? content.content : []
  return paragraphs.flatMap((paragraph: unknown) =>
    objectsAt({ parts: paragraph }, 'parts')
      .filter((part) => part.tag === 'img')
      .map((part) => textMember(part, 'image_key')),
  )
}

/** Removes the verification token from the header, so that it reaches no template or log. */
function withoutToken(sent: JsonObject): JsonObject {
  const header = objectAt(sent, 'header')
  if (!header) return sent
  const { token: _, ...rest } = header
  return { ...sent, header: rest }
}
