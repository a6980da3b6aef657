import type { JsonObject } from '../../lib/json/object.ts'
import { objectAt, objectsAt, parseObject } from '../../lib/json/object.ts'
import { textOf } from '../../lib/json/utf8.ts'
import { type Attachment, type Payload, type Reading, textAt } from './event.ts'

/** Slack tries again after one and after five minutes. */
const DEDUPE_SECONDS = 3600

/** Reads a Slack event, slash command or interaction. */
export function readSlack(payload: Payload): Reading {
  const isForm = payload.header('content-type')?.startsWith('application/x-www-form-urlencoded')
  return isForm ? readForm(payload) : readEvent(payload)
}

function readEvent({ body, bodyHash }: Payload): Reading {
  const sent = parseObject(textOf(body))
  const event = objectAt(sent, 'event')
  if (!sent || !event) return { kind: 'malformed' }
  const id = textAt(sent, 'event_id') || bodyHash
  const type = textAt(event, 'type')
  const subtype = textAt(event, 'subtype')
  if (type !== 'message' && type !== 'app_mention')
    return { kind: 'ignored', id, reason: `${type} needs no reply` }
  if (event.bot_id !== undefined || textAt(event, 'app_id') === textAt(sent, 'api_app_id')) {
    return { kind: 'ignored', id, reason: 'sent by a bot' }
  }
  if (subtype !== '' && subtype !== 'file_share')
    return { kind: 'ignored', id, reason: `message subtype ${subtype}` }
  const own = textAt(objectsAt(sent, 'authorizations')[0], 'user_id')
  const text = textAt(event, 'text')
  const isDirect = textAt(event, 'channel_type') === 'im'
  const files = objectsAt(event, 'files')
  return {
    kind: 'event',
    dedupe: [id, `${textAt(event, 'channel')}:${textAt(event, 'ts')}`],
    dedupeSeconds: DEDUPE_SECONDS,
    mentioned: isDirect || type === 'app_mention' || (own !== '' && text.includes(`<@${own}>`)),
    event: {
      id,
      kind: 'slack',
      type,
      text: text.replace(/<@[A-Z0-9]+(\|[^>]*)?>/g, '').trim(),
      user: { id: textAt(event, 'user'), name: textAt(event, 'user'), bot: false },
      chat: {
        id: textAt(event, 'channel'),
        type: isDirect ? 'direct' : 'group',
        name: textAt(event, 'channel'),
      },
      thread: textAt(event, 'thread_ts') || textAt(event, 'ts') || null,
      reply_to: textAt(event, 'ts') || null,
      quoted: null,
      images: files.filter(isImage).map(attachmentOf),
      files: files.filter((file) => !isImage(file)).map(attachmentOf),
      url: null,
      raw: withoutToken(sent),
    },
  }
}

/** Slash commands are forms; interactions are forms with their JSON in `payload`. */
function readForm({ body, bodyHash }: Payload): Reading {
  const form = new URLSearchParams(textOf(body))
  const interaction = parseObject(form.get('payload') ?? '')
  const sent: JsonObject = interaction ?? Object.fromEntries(form)
  const id = textAt(sent, 'trigger_id') || bodyHash
  const user = objectAt(sent, 'user')
  const channel = objectAt(sent, 'channel')
  const action = objectsAt(sent, 'actions')[0]
  const channelId = textAt(channel, 'id') || textAt(sent, 'channel_id')
  return {
    kind: 'event',
    dedupe: [id, bodyHash],
    dedupeSeconds: DEDUPE_SECONDS,
    mentioned: true,
    event: {
      id,
      kind: 'slack',
      type: interaction ? textAt(sent, 'type') || 'interaction' : 'slash_command',
      text: interaction ? textAt(action, 'value') || textAt(action, 'action_id') : textAt(sent, 'text'),
      user: {
        id: textAt(user, 'id') || textAt(sent, 'user_id'),
        name: textAt(user, 'name') || textAt(sent, 'user_name'),
        bot: false,
      },
      chat: {
        id: channelId,
        type: channelId.startsWith('D') ? 'direct' : 'group',
        name: textAt(channel, 'name') || textAt(sent, 'channel_name'),
      },
      thread: textAt(objectAt(sent, 'message'), 'ts') || null,
      reply_to: null,
      quoted: null,
      images: [],
      files: [],
      url: null,
      raw: withoutToken(sent),
    },
  }
}

/** The old verification token still comes in each payload; it must not reach a template or a log. */
function withoutToken({ token: _, ...rest }: JsonObject): JsonObject {
  return rest
}

function isImage(file: JsonObject): boolean {
  return textAt(file, 'mimetype').startsWith('image/')
}

function attachmentOf(file: JsonObject): Attachment {
  return { name: textAt(file, 'name'), source: textAt(file, 'url_private') }
}
