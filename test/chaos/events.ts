import { createHmac } from 'node:crypto'
import {
  githubComment,
  gitlabNote,
  standardEvent,
  stripeEvent,
} from '../../emulator/stand-ins/events/code-hosts.ts'
import { dingtalkMessage } from '../../emulator/stand-ins/events/dingtalk.ts'
import { jsonEvent, type OutgoingEvent } from '../../emulator/stand-ins/events/event.ts'
import { feishuMessage } from '../../emulator/stand-ins/events/feishu.ts'
import { slackMention } from '../../emulator/stand-ins/events/slack.ts'
import { wecomBotMessage, wecomMessage } from '../../emulator/stand-ins/events/wecom.ts'

const SECRET = 'a secret of the chaos run'
const SIGNING_TOKEN = `whsec_${Buffer.from('thirty-two bytes of a chaos run!').toString('base64')}`
const FEISHU = { encrypt_key: SECRET, verification_token: 'token' }
const WECOM = { token: 'tok', encoding_aes_key: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' }
const APP = { ...WECOM, corp_id: 'ww1' }

/** A kind of hook, and how its sender asks something. */
export interface EventSource {
  kind: string
  /** More fields of the hook. */
  fields?: object
  secrets: Record<string, string>
  /** Whether the answer is written through the platform's API; otherwise it is delivered to a URL. */
  replies: boolean
  event: (text: string) => OutgoingEvent
}

/** Every kind but `eventbridge`, whose reports are signed with a certificate of Alibaba's. */
export const EVENT_SOURCES: readonly EventSource[] = [
  {
    kind: 'github',
    secrets: { secret: SECRET, token: 'ghp_chaos' },
    replies: true,
    event: (text) => githubComment(SECRET, { text }),
  },
  {
    kind: 'gitlab',
    secrets: { signing_token: SIGNING_TOKEN, token: 'glpat-chaos' },
    replies: true,
    event: (text) => gitlabNote(SIGNING_TOKEN, { text }),
  },
  {
    kind: 'slack',
    secrets: { signing_secret: SECRET, bot_token: 'xoxb-chaos' },
    replies: true,
    event: (text) => slackMention(SECRET, { text }),
  },
  {
    kind: 'dingtalk',
    secrets: { app_secret: SECRET, app_key: 'key' },
    replies: true,
    event: (text) => dingtalkMessage(SECRET, { text }),
  },
  ...['feishu', 'lark'].map((kind) => ({
    kind,
    secrets: { ...FEISHU, app_id: 'cli_1', app_secret: 's' },
    replies: true,
    event: (text: string) => feishuMessage(FEISHU, { text }),
  })),
  {
    kind: 'wecom',
    secrets: { ...APP, corp_secret: 's', agent_id: '2' },
    replies: true,
    event: (text) => wecomMessage(APP, text),
  },
  { kind: 'wecom-bot', secrets: WECOM, replies: false, event: (text) => wecomBotMessage(WECOM, { text }) },
  {
    kind: 'stripe',
    secrets: { secret: SECRET },
    replies: false,
    event: (text) => stripeEvent(SECRET, JSON.stringify({ id: text, type: 'charge.failed' })),
  },
  {
    kind: 'standard',
    secrets: { secret: SIGNING_TOKEN },
    replies: false,
    event: (text) => standardEvent(SIGNING_TOKEN, JSON.stringify({ type: 'order', text })),
  },
  {
    kind: 'hmac',
    fields: { hmac: { header: 'x-signature', algorithm: 'sha256', encoding: 'hex', template: '{body}' } },
    secrets: { secret: SECRET },
    replies: false,
    event: (text) => {
      const body = JSON.stringify({ text })
      return jsonEvent(body, { 'x-signature': createHmac('sha256', SECRET).update(body).digest('hex') })
    },
  },
  {
    kind: 'form',
    secrets: { secret: SECRET },
    replies: false,
    event: (text) => ({
      method: 'POST',
      query: { secret: SECRET },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ text }).toString(),
    }),
  },
]
