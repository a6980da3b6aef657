import { createHmac, randomUUID } from 'node:crypto'
import { jsonEvent, nowSeconds, type OutgoingEvent } from './event.ts'

/** A comment on GitHub or GitLab. */
export interface Comment {
  text: string
  /** The login of the author. */
  user?: string
  /** Whether a bot wrote it. */
  isBot?: boolean
  /** The number of the issue. */
  issue?: number
  /** The id of the delivery. */
  id?: string
}

/** A comment on an issue of GitHub, signed with the hook's secret. */
export function githubComment(secret: string, comment: Comment): OutgoingEvent {
  const { text, user = 'octocat', isBot = false, issue = 3, id = randomUUID() } = comment
  const body = JSON.stringify({
    action: 'created',
    comment: { id: 7, body: text, html_url: `https://github.com/o/r/issues/${issue}#c7` },
    issue: { number: issue, title: 'A question' },
    repository: { full_name: 'o/r' },
    sender: { login: user, type: isBot ? 'Bot' : 'User' },
  })
  return githubEvent(secret, 'issue_comment', body, id)
}

/** The event that GitHub sends when a webhook is saved. */
export function githubPing(secret: string): OutgoingEvent {
  return githubEvent(secret, 'ping', JSON.stringify({ zen: 'Keep it logically awesome.' }), randomUUID())
}

function githubEvent(secret: string, name: string, body: string, id: string): OutgoingEvent {
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  return jsonEvent(body, {
    'x-github-event': name,
    'x-github-delivery': id,
    'x-hub-signature-256': `sha256=${signature}`,
  })
}

/** A note on an issue of GitLab, signed with the hook's signing token (`whsec_…`). */
export function gitlabNote(signingToken: string, comment: Comment): OutgoingEvent {
  const { text, user = 'root', issue = 3, id = randomUUID() } = comment
  const body = JSON.stringify({
    object_kind: 'note',
    user: { username: user, name: user },
    project: { id: 5 },
    object_attributes: { id: 9, note: text, action: 'create', system: false, discussion_id: 'd1' },
    issue: { iid: issue, title: 'A question' },
  })
  return standardEvent(signingToken, body, id)
}

/** Any message of Standard Webhooks. */
export function standardEvent(secret: string, body: string, id: string = randomUUID()): OutgoingEvent {
  const timestamp = nowSeconds()
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return jsonEvent(body, {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  })
}

/** An event of Stripe. */
export function stripeEvent(secret: string, body: string): OutgoingEvent {
  const timestamp = nowSeconds()
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  return jsonEvent(body, { 'stripe-signature': `t=${timestamp},v1=${signature}` })
}
