import { createHmac, randomUUID } from 'node:crypto'
import { jsonEvent, nowSeconds, type OutgoingEvent } from './event.ts'

/** A message in Slack. */
export interface SlackMessage {
  text: string
  user?: string
  channel?: string
  thread?: string
  /** The id of the event. */
  id?: string
  /** Paths of images under https://files.slack.com. */
  pictures?: readonly string[]
}

/** A message that mentions the app. */
export function slackMention(signingSecret: string, message: SlackMessage): OutgoingEvent {
  const { text, user = 'U1', channel = 'C1', thread, id = randomUUID(), pictures = [] } = message
  const body = JSON.stringify({
    token: 'the-old-verification-token',
    api_app_id: 'A1',
    event_id: id,
    authorizations: [{ user_id: 'UBOT' }],
    event: {
      type: 'app_mention',
      user,
      text: `<@UBOT> ${text}`,
      channel,
      ts: id,
      ...(thread !== undefined && { thread_ts: thread }),
      files: pictures.map((path) => ({
        name: 'picture.png',
        mimetype: 'image/png',
        url_private: `https://files.slack.com${path}`,
      })),
    },
  })
  return signed(signingSecret, body)
}

/** The first request to a new URL. */
export function slackChallenge(signingSecret: string, challenge: string): OutgoingEvent {
  return signed(signingSecret, JSON.stringify({ type: 'url_verification', challenge }))
}

/** A slash command: a form, whose response goes to `response_url`. */
export function slackCommand(signingSecret: string, text: string): OutgoingEvent {
  const form = new URLSearchParams({
    command: '/ask',
    text,
    user_id: 'U1',
    user_name: 'ann',
    channel_id: 'C1',
    trigger_id: randomUUID(),
    response_url: `https://hooks.slack.com/commands/${randomUUID()}`,
  })
  return signed(signingSecret, form.toString(), 'application/x-www-form-urlencoded')
}

function signed(signingSecret: string, body: string, type = 'application/json'): OutgoingEvent {
  const timestamp = nowSeconds()
  const signature = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex')
  return jsonEvent(body, {
    'content-type': type,
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${signature}`,
  })
}
