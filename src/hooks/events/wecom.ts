import { objectAt, objectsAt, parseObject } from '../../lib/json/object.ts'
import { textOf } from '../../lib/json/utf8.ts'
import { xmlField } from '../verify/wecom.ts'
import { type Payload, type Reading, textMember } from './event.ts'

/** WeCom retries three times within seconds. */
const DEDUPE_SECONDS = 3600

/** The message types of an app callback that can be answered. */
const APP_TYPES: ReadonlySet<string> = new Set(['text', 'image', 'voice'])

/** Parses a message to a WeCom app: flat XML. */
export function readWecomApp({ body }: Payload): Reading {
  const xml = textOf(body)
  const field = (name: string) => xmlField(xml, name) ?? ''
  const type = field('MsgType')
  const user = field('FromUserName')
  if (type === '' || user === '') return { kind: 'malformed' }
  const id = field('MsgId') || `${user}:${field('CreateTime')}:${field('Event')}`
  if (!APP_TYPES.has(type)) return { kind: 'ignored', id, reason: `message type ${type} needs no reply` }
  const names = [
    'ToUserName',
    'FromUserName',
    'CreateTime',
    'MsgType',
    'Content',
    'PicUrl',
    'MediaId',
    'MsgId',
    'AgentID',
  ]
  return {
    kind: 'event',
    dedupe: [id],
    dedupeSeconds: DEDUPE_SECONDS,
    mentioned: true,
    event: {
      id,
      kind: 'wecom',
      type,
      text: (field('Content') || field('Recognition')).trim(),
      user: { id: user, name: user, bot: false },
      chat: { id: user, type: 'direct', name: user },
      thread: null,
      reply_to: id,
      quoted: null,
      images: type === 'image' ? [{ name: 'image', source: field('PicUrl') }] : [],
      files: [],
      url: null,
      raw: Object.fromEntries(names.map((name) => [name, field(name)])),
    },
  }
}

/** The kinds of callbacks of a WeCom AI bot: a message, or a request for the next state of a stream. */
export type BotReading = Reading | { kind: 'refresh'; streamId: string }

/** Parses a message to a WeCom AI bot: JSON. */
export function readWecomBot({ body, bodyHash }: Payload): BotReading {
  const sent = parseObject(textOf(body))
  if (!sent) return { kind: 'malformed' }
  const type = textMember(sent, 'msgtype')
  const id = textMember(sent, 'msgid') || bodyHash
  if (type === 'stream') {
    const streamId = textMember(objectAt(sent, 'stream'), 'id')
    return streamId === '' ? { kind: 'malformed' } : { kind: 'refresh', streamId }
  }
  const parts = type === 'mixed' ? objectsAt(objectAt(sent, 'mixed'), 'msg_item') : [sent]
  const text = parts
    .map((part) => textMember(objectAt(part, 'text') ?? objectAt(part, 'voice'), 'content'))
    .join('')
  const images = parts.map((part) => textMember(objectAt(part, 'image'), 'url')).filter(Boolean)
  if (text.trim() === '' && images.length === 0) {
    return { kind: 'ignored', id, reason: `message type ${type || 'unknown'} has no text` }
  }
  const user = textMember(objectAt(sent, 'from'), 'userid')
  const isDirect = textMember(sent, 'chattype') !== 'group'
  const chat = isDirect ? user : textMember(sent, 'chatid')
  return {
    kind: 'event',
    dedupe: [id],
    dedupeSeconds: DEDUPE_SECONDS,
    // In a group, a bot receives only messages that mention it.
    mentioned: true,
    event: {
      id,
      kind: 'wecom-bot',
      type,
      text: text.replace(/^@\S+\s*/, '').trim(),
      user: { id: user, name: user, bot: false },
      chat: { id: chat, type: isDirect ? 'direct' : 'group', name: chat },
      thread: null,
      reply_to: id,
      quoted: textMember(objectAt(objectAt(sent, 'quote'), 'text'), 'content') || null,
      images: images.map((source) => ({ name: 'image', source })),
      files: [],
      url: null,
      raw: sent,
    },
  }
}
