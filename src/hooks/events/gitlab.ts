import { objectAt, parseObject } from '../../lib/json/object.ts'
import { textOf } from '../../lib/json/utf8.ts'
import { idAt, type Payload, REPLY_MARKER, type Reading, textMember } from './event.ts'
import { gitlabUpload, picturesIn } from './picture-links.ts'

/** GitLab may retry an event for a day before it disables a hook. */
const DEDUPE_SECONDS = 86_400

/** Actions that create something written by a person. */
const BEGINNINGS: ReadonlySet<string> = new Set(['create', 'open', ''])

/** Parses a GitLab event: comments, new issues and new merge requests. */
export function readGitlab({ header, body, bodyHash }: Payload): Reading {
  const sent = parseObject(textOf(body))
  if (!sent) return { kind: 'malformed' }
  const id = header('webhook-id') || header('x-gitlab-event-uuid') || bodyHash
  const what = textMember(sent, 'object_kind')
  const subject = objectAt(sent, 'object_attributes')
  const action = textMember(subject, 'action')
  if (!['note', 'issue', 'merge_request'].includes(what) || !BEGINNINGS.has(action)) {
    return { kind: 'ignored', id, reason: `${what || 'event'}${action && `.${action}`} needs no reply` }
  }
  const text =
    what === 'note'
      ? textMember(subject, 'note')
      : titledText(textMember(subject, 'title'), textMember(subject, 'description'))
  if (subject?.system === true) return { kind: 'ignored', id, reason: 'a system note' }
  if (text.includes(REPLY_MARKER)) return { kind: 'ignored', id, reason: 'our own reply' }
  const request = objectAt(sent, 'merge_request')
  const isRequest = what === 'merge_request' || request !== undefined
  const place = what === 'note' ? (request ?? objectAt(sent, 'issue')) : subject
  const user = objectAt(sent, 'user')
  return {
    kind: 'event',
    dedupe: [id, bodyHash],
    dedupeSeconds: DEDUPE_SECONDS,
    mentioned: null,
    event: {
      id,
      kind: 'gitlab',
      type: action ? `${what}.${action}` : what,
      text,
      user: { id: textMember(user, 'username'), name: textMember(user, 'name'), bot: false },
      chat: {
        id: `${idAt(objectAt(sent, 'project'), 'id')}${isRequest ? '!' : '#'}${idAt(place, 'iid')}`,
        type: isRequest ? 'pr' : 'issue',
        name: textMember(place, 'title'),
      },
      thread: textMember(subject, 'discussion_id') || null,
      reply_to: what === 'note' ? idAt(subject, 'id') : null,
      quoted: null,
      images: picturesIn(text, (address) => gitlabUpload(address) !== undefined),
      files: [],
      url: textMember(subject, 'url') || null,
      raw: sent,
    },
  }
}

function titledText(title: string, description: string): string {
  return [title, description].filter(Boolean).join('\n\n')
}
