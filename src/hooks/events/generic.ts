import { objectAt, parseObject } from '../../lib/json/object.ts'
import { textOf } from '../../lib/json/utf8.ts'
import { type HookKind, idAt, MAX_TEXT_CHARACTERS, type Payload, type Reading, textMember } from './event.ts'

/** How a sender without a chat identifies its events, and how long duplicates are recognized. */
interface GenericSource {
  kind: HookKind
  dedupeSeconds: number
  idOf: (payload: Payload) => string
}

const SOURCES = {
  stripe: {
    kind: 'stripe',
    // Stripe retries for three days.
    dedupeSeconds: 3 * 86_400,
    idOf: ({ body, bodyHash }) => idAt(parseObject(textOf(body)), 'id') || bodyHash,
  },
  standard: {
    kind: 'standard',
    dedupeSeconds: 3 * 86_400,
    idOf: ({ header, bodyHash }) => header('webhook-id') || header('svix-id') || bodyHash,
  },
  hmac: { kind: 'hmac', dedupeSeconds: 86_400, idOf: ({ bodyHash }) => bodyHash },
  // A person may send the same form twice on purpose, but not within a minute.
  form: { kind: 'form', dedupeSeconds: 60, idOf: ({ bodyHash }) => bodyHash },
} as const satisfies Record<string, GenericSource>

/**
 * Parses a payload that is not a chat message: `text` is the raw body, `raw` its JSON or its form fields.
 *
 * @param idHeader a header that identifies the event, if the hook names one.
 */
export function readGeneric(payload: Payload, name: keyof typeof SOURCES, idHeader?: string): Reading {
  const { header, body } = payload
  const source: GenericSource = SOURCES[name]
  const id = (idHeader === undefined ? undefined : header(idHeader)) || source.idOf(payload)
  const text = textOf(body)
  const isForm = header('content-type')?.startsWith('application/x-www-form-urlencoded')
  const sent = isForm ? Object.fromEntries(new URLSearchParams(text)) : parseObject(text)
  const { 'cf-turnstile-response': _, ...raw } = sent ?? {}
  const user = objectAt(sent, 'user')
  const userId = textMember(user, 'id') || textMember(sent, 'user') || textMember(sent, 'email')
  return {
    kind: 'event',
    dedupe: [id],
    dedupeSeconds: source.dedupeSeconds,
    mentioned: null,
    event: {
      id,
      kind: source.kind,
      type: textMember(sent, 'type') || textMember(sent, 'event') || source.kind,
      text: (isForm && textMember(sent, 'text')) || text.slice(0, MAX_TEXT_CHARACTERS),
      user: { id: userId, name: textMember(user, 'name') || textMember(sent, 'name') || userId, bot: false },
      chat: { id: source.kind, type: 'direct', name: source.kind },
      thread: null,
      reply_to: null,
      quoted: null,
      images: [],
      files: [],
      url: null,
      raw: sent ? raw : text.slice(0, MAX_TEXT_CHARACTERS),
    },
  }
}
