import type { JsonObject } from '../../lib/json/object.ts'
import { objectAt, parseObject } from '../../lib/json/object.ts'
import { textOf } from '../../lib/json/utf8.ts'
import { idAt, type Payload, REPLY_MARKER, type Reading, textMember } from './event.ts'
import { isGithubUpload, picturesIn } from './picture-links.ts'

/** GitHub keeps deliveries for redelivery by hand for three days; a day covers every automatic replay. */
const DEDUPE_SECONDS = 86_400

/** Events written by people, by `X-GitHub-Event`: the action that creates them, and the member with their text. */
const WRITTEN: Readonly<Record<string, { action: string; subject: string }>> = {
  issue_comment: { action: 'created', subject: 'comment' },
  pull_request_review_comment: { action: 'created', subject: 'comment' },
  issues: { action: 'opened', subject: 'issue' },
  pull_request: { action: 'opened', subject: 'pull_request' },
}

/** Parses a GitHub delivery. Neither its time nor its id is signed, so the body's hash is a deduplication key too. */
export function readGithub({ header, body, bodyHash }: Payload): Reading {
  const sent = parseObject(textOf(body))
  const name = header('x-github-event') ?? ''
  const id = header('x-github-delivery') || bodyHash
  if (!sent) return { kind: 'malformed' }
  const written = WRITTEN[name]
  const action = textMember(sent, 'action')
  if (name === 'ping') return { kind: 'ignored', id, reason: 'ping' }
  if (!written || action !== written.action) {
    return { kind: 'ignored', id, reason: `${name || 'event'}${action && `.${action}`} needs no reply` }
  }
  const sender = objectAt(sent, 'sender')
  const subject = objectAt(sent, written.subject)
  if (textMember(sender, 'type') === 'Bot') return { kind: 'ignored', id, reason: 'sent by a bot' }
  const markdown = textMember(subject, 'body')
  if (markdown.includes(REPLY_MARKER)) return { kind: 'ignored', id, reason: 'our own reply' }
  return {
    kind: 'event',
    dedupe: [id, bodyHash],
    dedupeSeconds: DEDUPE_SECONDS,
    mentioned: null,
    event: {
      id,
      kind: 'github',
      type: `${name}.${action}`,
      text: written.subject === 'comment' ? markdown : titled(subject),
      user: { id: textMember(sender, 'login'), name: textMember(sender, 'login'), bot: false },
      chat: chatOf(sent),
      thread: name === 'pull_request_review_comment' ? idAt(subject, 'id') : null,
      reply_to: written.subject === 'comment' ? idAt(subject, 'id') : null,
      quoted: null,
      images: picturesIn(markdown, isGithubUpload),
      files: [],
      url: textMember(subject, 'html_url') || null,
      raw: sent,
    },
  }
}

/** A comment on a pull request is an `issue_comment` whose issue has a `pull_request` member. */
function chatOf(sent: JsonObject): { id: string; type: 'issue' | 'pr'; name: string } {
  const request = objectAt(sent, 'pull_request')
  const place = request ?? objectAt(sent, 'issue')
  const isRequest = request !== undefined || objectAt(place, 'pull_request') !== undefined
  return {
    id: `${textMember(objectAt(sent, 'repository'), 'full_name')}#${idAt(place, 'number')}`,
    type: isRequest ? 'pr' : 'issue',
    name: textMember(place, 'title'),
  }
}

function titled(subject: JsonObject | undefined): string {
  return [textMember(subject, 'title'), textMember(subject, 'body')].filter(Boolean).join('\n\n')
}
