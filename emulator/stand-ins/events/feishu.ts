import { createCipheriv, createHash, randomBytes, randomUUID } from 'node:crypto'
import { jsonEvent, nowSeconds, type OutgoingEvent } from './event.ts'

/** The settings of a Feishu or Lark app. */
export interface FeishuApp {
  encrypt_key: string
  verification_token: string
}

/** A message in Feishu or Lark. */
export interface FeishuMessage {
  text: string
  user?: string
  /** The id of the message; a retry may have another event id. */
  id?: string
  isDirect?: boolean
  thread?: string
  /** Keys of images; the message is then a post. */
  pictures?: readonly string[]
}

/** A message that mentions the bot, encrypted and signed. */
export function feishuMessage(app: FeishuApp, message: FeishuMessage): OutgoingEvent {
  const { text, user = 'ou_1', id = `om_${randomUUID()}`, isDirect = false, thread, pictures = [] } = message
  const written = `@_user_1 ${text}`
  const content =
    pictures.length === 0
      ? { message_type: 'text', content: JSON.stringify({ text: written }) }
      : {
          message_type: 'post',
          content: JSON.stringify({
            title: '',
            content: [
              [{ tag: 'text', text: written }, ...pictures.map((image_key) => ({ tag: 'img', image_key }))],
            ],
          }),
        }
  const event = {
    schema: '2.0',
    header: { event_id: randomUUID(), event_type: 'im.message.receive_v1', token: app.verification_token },
    event: {
      sender: { sender_id: { open_id: user }, sender_type: 'user' },
      message: {
        message_id: id,
        chat_id: 'oc_1',
        chat_type: isDirect ? 'p2p' : 'group',
        create_time: `${Date.now()}`,
        mentions: [{ key: '@_user_1', id: { open_id: 'ou_bot' }, name: 'Bot' }],
        ...(thread !== undefined && { thread_id: thread }),
        ...content,
      },
    },
  }
  const body = encrypted(app, JSON.stringify(event))
  const timestamp = nowSeconds()
  const nonce = randomUUID()
  const signature = createHash('sha256')
    .update(timestamp + nonce + app.encrypt_key + body)
    .digest('hex')
  return jsonEvent(body, {
    'x-lark-request-timestamp': timestamp,
    'x-lark-request-nonce': nonce,
    'x-lark-signature': signature,
  })
}

/** The first request to a new URL, without a signature. */
export function feishuChallenge(app: FeishuApp, challenge: string): OutgoingEvent {
  const event = { type: 'url_verification', token: app.verification_token, challenge }
  return jsonEvent(encrypted(app, JSON.stringify(event)))
}

function encrypted({ encrypt_key }: FeishuApp, text: string): string {
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-cbc', createHash('sha256').update(encrypt_key).digest(), iv)
  const sealed = Buffer.concat([iv, cipher.update(text), cipher.final()])
  return JSON.stringify({ encrypt: sealed.toString('base64') })
}
