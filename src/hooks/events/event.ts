import type { JsonObject } from '../../lib/json/object.ts'

/** The platforms and senders whose events a hook can take. */
export const HOOK_KINDS = [
  'github',
  'gitlab',
  'slack',
  'dingtalk',
  'feishu',
  'lark',
  'wecom',
  'wecom-bot',
  'stripe',
  'standard',
  'hmac',
  'form',
  'eventbridge',
] as const

export type HookKind = (typeof HOOK_KINDS)[number]

/** Platforms that call from mainland China, from where workers.dev can mostly not be reached. */
export const CHINESE_KINDS: readonly HookKind[] = ['dingtalk', 'feishu', 'wecom', 'wecom-bot']

/** An inbound event in a common format for filters, templates and tests, independent of the platform. */
export interface HookEvent {
  /** The platform's own id of the event or message. */
  id: string
  kind: HookKind
  /** The platform's event type: `issue_comment.created`, `app_mention`, `im.message.receive_v1`. */
  type: string
  /** The text that a person wrote, without the mention of the bot. */
  text: string
  user: { id: string; name: string; bot: boolean }
  chat: { id: string; type: 'direct' | 'group' | 'issue' | 'pr'; name: string }
  /** The thread or discussion a reply belongs to. */
  thread: string | null
  /** The message to reply to. */
  reply_to: string | null
  /** The text of a quoted message. */
  quoted: string | null
  images: Attachment[]
  files: Attachment[]
  /** The URL of the event for people. */
  url: string | null
  /** The payload as the platform sent it, without its verification tokens. */
  raw: unknown
}

/** An attachment of a message: a URL, or a code that the platform's API exchanges for the bytes. */
export interface Attachment {
  name: string
  source: string
}

/** The result of parsing a verified payload. */
export type Reading =
  | {
      kind: 'event'
      event: HookEvent
      /** The event is a duplicate if any of these was seen within `dedupeSeconds`. */
      dedupe: readonly [string, ...string[]]
      dedupeSeconds: number
      /** Whether the bot was mentioned; null if the platform does not report it. */
      mentioned: boolean | null
    }
  /** The event is acknowledged and ignored; `reason` is shown in the list of events. */
  | { kind: 'ignored'; id: string; reason: string }
  | { kind: 'malformed' }

/** A verified payload. */
export interface Payload {
  header: (name: string) => string | undefined
  /** The body, decrypted if the platform encrypts. */
  body: Uint8Array<ArrayBuffer>
  /** SHA-256 of the body as received, in hexadecimal digits. */
  bodyHash: string
  nowMs: number
}

/** The longest text that is kept of an unstructured payload. */
export const MAX_TEXT_CHARACTERS = 32 * 1024

/**
 * Marks the gateway's own posts on platforms that do not report whether the author is a bot; hidden in rendered
 * Markdown.
 */
export const REPLY_MARKER = '<!-- dashscope-edge -->'

/** A member of an object as text; empty for anything else. */
export function textMember(object: JsonObject | undefined, name: string): string {
  const value = object?.[name]
  return typeof value === 'string' ? value : ''
}

/** A member of an object as an id: text, or an integer in digits; empty for anything else. */
export function idAt(object: JsonObject | undefined, name: string): string {
  const value = object?.[name]
  return typeof value === 'number' && Number.isSafeInteger(value) ? `${value}` : textMember(object, name)
}
