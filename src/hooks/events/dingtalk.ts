import type { JsonObject } from '../../lib/json/object.ts'
import { objectAt, objectsAt, parseObject } from '../../lib/json/object.ts'
import { textOf } from '../../lib/json/utf8.ts'
import { type Attachment, type Payload, type Reading, textMember } from './event.ts'

/** DingTalk does not document how long it retries; a day is longer than any retry seen. */
const DEDUPE_SECONDS = 86_400

/** Parses a message to a DingTalk robot. The platform has already removed the mention from the text. */
export function readDingtalk({ body, bodyHash }: Payload): Reading {
  const sent = parseObject(textOf(body))
  if (!sent) return { kind: 'malformed' }
  const id = textMember(sent, 'msgId') || bodyHash
  const type = textMember(sent, 'msgtype')
  const content = objectAt(sent, 'content')
  const isGroup = textMember(sent, 'conversationType') === '2'
  const parts = objectsAt(content, 'richText')
  const spoken = textMember(content, 'recognition')
  const text = type === 'text' ? textMember(objectAt(sent, 'text'), 'content') : spoken || richText(parts)
  const images = [content, ...parts].flatMap((part) => pictureIn(part, type))
  const files = type === 'file' ? attachment(content) : []
  if (text.trim() === '' && images.length === 0 && files.length === 0) {
    return { kind: 'ignored', id, reason: `message type ${type || 'unknown'} has no text` }
  }
  return {
    kind: 'event',
    dedupe: [id],
    dedupeSeconds: DEDUPE_SECONDS,
    mentioned: isGroup ? sent.isInAtList === true : true,
    event: {
      id,
      kind: 'dingtalk',
      type,
      text: text.trim(),
      user: {
        id: textMember(sent, 'senderStaffId') || textMember(sent, 'senderId'),
        name: textMember(sent, 'senderNick'),
        bot: false,
      },
      chat: {
        id: textMember(sent, 'conversationId'),
        type: isGroup ? 'group' : 'direct',
        name: textMember(sent, 'conversationTitle'),
      },
      thread: null,
      reply_to: id,
      quoted: textMember(objectAt(objectAt(objectAt(sent, 'text'), 'repliedMsg'), 'content'), 'text') || null,
      images,
      files,
      url: null,
      raw: sent,
    },
  }
}

function richText(parts: readonly JsonObject[]): string {
  return parts.map((part) => textMember(part, 'text')).join('')
}

function pictureIn(part: JsonObject | undefined, type: string): Attachment[] {
  const isPicture = type === 'picture' || textMember(part, 'type') === 'picture'
  return isPicture ? attachment(part) : []
}

/** The bytes are fetched with `downloadCode` through the robot's API. */
function attachment(part: JsonObject | undefined): Attachment[] {
  const source = textMember(part, 'downloadCode')
  return source === '' ? [] : [{ name: textMember(part, 'fileName') || 'picture', source }]
}
