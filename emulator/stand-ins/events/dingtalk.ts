import { createHmac, randomUUID } from 'node:crypto'
import { jsonEvent, type OutgoingEvent } from './event.ts'

/** A message to a DingTalk robot. */
export interface DingtalkMessage {
  text: string
  user?: string
  id?: string
  isDirect?: boolean
  /** Whether the robot is in the list of mentions. */
  isMentioned?: boolean
  /** Download codes of images; the message is then rich text. */
  pictures?: readonly string[]
  /** Whether the session URL has expired. */
  isSessionOver?: boolean
}

/** A message to a robot in HTTP mode. */
export function dingtalkMessage(appSecret: string, message: DingtalkMessage): OutgoingEvent {
  const { text, user = 'staff1', id = randomUUID(), isDirect = false, isMentioned = true } = message
  const { pictures = [], isSessionOver = false } = message
  const nowMs = Date.now()
  const content =
    pictures.length === 0
      ? { msgtype: 'text', text: { content: ` ${text}` } }
      : {
          msgtype: 'richText',
          content: {
            richText: [{ text }, ...pictures.map((downloadCode) => ({ type: 'picture', downloadCode }))],
          },
        }
  const body = JSON.stringify({
    msgId: id,
    conversationId: 'cid1',
    conversationType: isDirect ? '1' : '2',
    conversationTitle: 'A room',
    senderStaffId: user,
    senderNick: 'Ann',
    isInAtList: isMentioned,
    robotCode: 'robot1',
    sessionWebhook: 'https://oapi.dingtalk.com/robot/sendBySession?session=s1',
    sessionWebhookExpiredTime: isSessionOver ? nowMs : nowMs + 5_400_000,
    createAt: nowMs,
    ...content,
  })
  const sign = createHmac('sha256', appSecret).update(`${nowMs}\n${appSecret}`).digest('base64')
  return jsonEvent(body, { timestamp: `${nowMs}`, sign })
}
