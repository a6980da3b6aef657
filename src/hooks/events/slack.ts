import type { JsonObject } from '../../lib/json/object.ts'
import { objectAt, objectsAt, parseObject } from '../../lib/json/object.ts'
import { textOf } from '../../lib/json/utf8.ts'
import { type Attachment, type Payload, type Reading, textMember } from './event.ts'

/** Slack retries after one and after five minutes. */
const DEDUPE_SECONDS = 3600

/** Parses a Slack event, slash command or interaction. */
export function readSlack(payload: Payload): Reading {
  const isForm = payload.header('content-type')?.startsWith('application/x-www-form-urlencoded')
  return isForm ? readForm(payload) : readEvent(payload)
}

function readEvent({ body, bodyHash }: Payload): Reading {
  const sent = parseObject(textOf(body))
  const event = objectAt(sent, 'event')
  if (!sent || !event) return { kind: 'malformed' }
  const id = textMember(sent, 'event_id') || bodyHash
  const type = textMember(event, 'type')
  const subtype = textMember(event, 'subtype')
  if (type !== 'message' && type !== 'app_mention')
    return { kind: 'ignored', id, reason: `${type} needs no reply` }
  if (event.bot_id !== undefined || textMember(event, 'app_id') === textMember(sent, 'api_app_id')) {
    return { kind: 'ignored', id, reason: 'sent by a bot' }
  }
  if (subtype !== '' && subtype !== 'file_share')
    return { kind: 'ignored', id, reason: `message subtype ${subtype}` }
  const own = textMember(objectsAt(sent, 'authorizations')[0], 'user_id')
  const text = textMember(event, 'text')
  const isDirect = textMember(event, 'channel_type') === 'im'
  const files = objectsAt(event, 'files')
  return {
    kind: 'event',
    dedupe: [id, `${textMember(event, 'channel')}:${textMember(event, 'ts')}`],
    dedupeSeconds: DEDUPE_SECONDS,
    mentioned: isDirect || type === 'app_mention' || (own !== '' && text.includes(`<@${own}>`)),
    event: {
      id,
      kind: 'slack',
      type,
      text: text.replace(/<@[A-Z0-9]+(\|[^>]*)?>/g, '').trim(),
      user: { id: textMember(event, 'user'), name: textMember(event, 'user'), bot: false },
      chat: {
        id: textMember(event, 'channel'),
        type: isDirect ? 'direct' : 'group',
        name: textMember(event, 'channel'),
      },
      thread: textMember(event, 'thread_ts') || textMember(event, 'ts') || null,
      reply_to: textMember(event, 'ts') || null,
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
  const id = textMember(sent, 'trigger_id') || bodyHash
  const user = objectAt(sent, 'user')
  const channel = objectAt(sent, 'channel')
  const action = objectsAt(sent, 'actions')[0]
  const channelId = textMember(channel, 'id') || textMember(sent, 'channel_id')
  return {
    kind: 'event',
    dedupe: [id, bodyHash],
    dedupeSeconds: DEDUPE_SECONDS,
    mentioned: true,
    event: {
      id,
      kind: 'slack',
      type: interaction ? textMember(sent, 'type') || 'interaction' : 'slash_command',
      text: interaction
        ? textMember(action, 'value') || textMember(action, 'action_id')
        : textMember(sent, 'text'),
      user: {
        id: textMember(user, 'id') || textMember(sent, 'user_id'),
        name: textMember(user, 'name') || textMember(sent, 'user_name'),
        bot: false,
      },
      chat: {
        id: channelId,
        type: channelId.startsWith('D') ? 'direct' : 'group',
        name: textMember(channel, 'name') || textMember(sent, 'channel_name'),
      },
      thread: textMember(objectAt(sent, 'message'), 'ts') || null,
      reply_to: null,
      quoted: null,
      images: [],
      files: [],
      url: null,
      raw: withoutToken(sent),
    },
  }
}

/** Removes the old verification token, which is still in each payload, so that it reaches no template or log. */
function withoutToken({ token: _, ...rest }: JsonObject): JsonObject {
  return rest
}

function isImage(file: JsonObject): boolean {
  return textMember(file, 'mimetype').startsWith('image/')
}

function attachmentOf(file: JsonObject): Attachment {
  return { name: textMember(file, 'name'), source: textMember(file, 'url_private') }
}
