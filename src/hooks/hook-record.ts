import type { HookKind } from './events/event.ts'
import type { ReplySettings } from './replies/platform.ts'
import type { FormSettings } from './verify/form.ts'
import type { HmacScheme } from './verify/hmac.ts'

/** Selects the events that a hook answers. */
export interface HookFilter {
  /** Event types, or globs like `issue_comment.*`; undefined: everything written by people. */
  events?: string[]
  /** Only messages that mention the bot; undefined: true in groups, if the platform reports mentions. */
  mention?: boolean
  /**
   * The bot's name in mentions, if the platform does not report it: its login on GitHub and GitLab, its name in
   * Feishu.
   */
  name_of_bot?: string
  chats?: string[]
  users?: string[]
  /** A word or glob that the text must contain, ignoring case. */
  match?: string
}

/** The prompt for the model. */
export interface HookPrompt {
  model: string
  system?: string
  /** A template over the event. */
  user: string
  parameters?: Record<string, string | number | boolean | null>
}

/** How much of the conversation is sent to the model. */
export interface HookHistory {
  /** The number of earlier questions and answers. */
  turns: number
  per: 'chat' | 'thread' | 'user'
  /** Older turns are dropped. */
  minutes: number
}

/** How a hook replies. */
export interface HookReply extends ReplySettings {
  to: 'platform' | 'none'
  stream: boolean
  /** Sent at once, before the model has answered. */
  ack_text: string | null
  /** Sent if the model fails. */
  error_text: string | null
}

/** The limits of a hook. */
export interface HookLimits {
  per_minute: number
  per_user_minute: number
  concurrent: number
}

/** An inbound hook without its secrets. */
export interface Hook {
  /** `hk_` and 22 characters. */
  id: string
  name: string
  kind: HookKind
  /** The client key that is charged. */
  key: string
  hmac: HmacScheme | null
  /** For hooks of kind `form` whose form is on a page; missing in records of earlier versions. */
  form?: FormSettings | null
  when: HookFilter
  /** A preset's id; null if the hook has its own prompt. */
  preset: string | null
  prompt: HookPrompt | null
  history: HookHistory
  reply: HookReply
  /** Where the result is delivered in addition: a URL or an endpoint of the key. */
  deliver: string | null
  limits: HookLimits
  disabled: boolean
  created_at: string
  updated_at: string
}

/** The secrets of a hook by name; the kind determines which ones are needed. */
export type HookSecrets = Readonly<Record<string, string>>

/** A named prompt that hooks and callers share. */
export interface Preset {
  /** `ps_` and 22 characters. */
  id: string
  /** The client key that owns it. */
  key: string
  name: string
  model: string
  system: string
  /** A template over its variables. */
  user: string
  parameters: Record<string, string | number | boolean | null>
  endpoint: 'chat-completions' | 'text-generation' | 'multimodal-generation'
  created_at: string
  updated_at: string
}

/** The secrets of each kind: required ones, and those needed for replies. */
export const SECRETS: Readonly<
  Record<HookKind, { required: readonly string[]; optional: readonly string[] }>
> = {
  github: { required: ['secret'], optional: ['token'] },
  gitlab: { required: [], optional: ['signing_token', 'secret_token', 'token'] },
  slack: { required: ['signing_secret'], optional: ['bot_token'] },
  dingtalk: { required: ['app_secret'], optional: ['app_key'] },
  feishu: { required: ['encrypt_key', 'verification_token'], optional: ['app_id', 'app_secret'] },
  lark: { required: ['encrypt_key', 'verification_token'], optional: ['app_id', 'app_secret'] },
  wecom: { required: ['token', 'encoding_aes_key', 'corp_id'], optional: ['corp_secret', 'agent_id'] },
  'wecom-bot': { required: ['token', 'encoding_aes_key'], optional: [] },
  stripe: { required: ['secret'], optional: [] },
  standard: { required: ['secret'], optional: [] },
  hmac: { required: ['secret'], optional: [] },
  form: { required: [], optional: ['secret', 'turnstile'] },
  eventbridge: { required: [], optional: ['token'] },
}

/** What is wrong with the secrets of a hook; undefined if they are valid. */
export function secretsFault(kind: HookKind, secrets: HookSecrets): string | undefined {
  const { required, optional } = SECRETS[kind]
  const missing = required.find((name) => !secrets[name])
  if (missing) return `secrets.${missing}: a hook of kind "${kind}" needs it.`
  const unknown = Object.keys(secrets).find((name) => !required.includes(name) && !optional.includes(name))
  if (unknown)
    return `secrets.${unknown}: a hook of kind "${kind}" takes ${[...required, ...optional].join(', ')}.`
  if (kind === 'gitlab' && !secrets.signing_token && !secrets.secret_token) {
    return 'secrets: a hook of kind "gitlab" needs signing_token or secret_token.'
  }
  if (kind === 'form' && !secrets.secret && !secrets.turnstile) {
    return 'secrets: a hook of kind "form" needs secret, or turnstile set to true.'
  }
  // WeCom expects a number; other texts would fail only at the first reply.
  if (secrets.agent_id && !/^\d{1,15}$/.test(secrets.agent_id)) {
    return 'secrets.agent_id: expected the digits of the AgentId on the page of the WeCom app.'
  }
  return undefined
}

/** The secrets for streamed replies; DingTalk also needs a card template of the operator. */
const STREAMING: Readonly<Partial<Record<HookKind, readonly string[]>>> = {
  dingtalk: ['app_key'],
  feishu: ['app_id', 'app_secret'],
  lark: ['app_id', 'app_secret'],
  'wecom-bot': [],
}

/** Why a hook cannot show its reply while it is written; undefined if it can. */
export function streamingFault({ kind, reply }: Hook, secrets: HookSecrets): string | undefined {
  const needed = STREAMING[kind]
  if (!needed)
    return `reply.stream: a hook of kind "${kind}" cannot stream. Use ${Object.keys(STREAMING).join(', ')}.`
  const missing = needed.find((name) => !secrets[name])
  if (missing) return `secrets.${missing}: a streaming card needs it.`
  if (kind === 'dingtalk' && !reply.card_template)
    return 'reply.card_template: a streaming card of DingTalk needs the id of an AI card template.'
  return undefined
}

/** How secrets are shown: as set, with their last characters. */
export function shownSecrets(secrets: HookSecrets): Record<string, { set: true; last4: string }> {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, value]) => [
      name,
      { set: true as const, last4: value.length >= 16 ? value.slice(-4) : '' },
    ]),
  )
}
