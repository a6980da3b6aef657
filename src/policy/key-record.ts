import type { Region } from '../dashscope/regions.ts'

/** Tokens are sent in a header of each request, and some servers and proxies limit all headers together to 8 KiB. */
export const MAX_TOKEN_CHARACTERS = 4096

/**
 * The longest lifetime of a token, and so the longest time for which it ignores a change of its key; revocations take
 * effect sooner.
 */
export const MAX_TOKEN_SECONDS = 3600

/** The maximum length of an end user's name: an account number or an e-mail address, not a profile. */
export const MAX_USER_CHARACTERS = 200

/** DashScope ends a realtime session after two hours (Realtime page). */
export const MAX_SESSION_SECONDS = 7200

/** 30 days; after that, a model may have changed. */
export const MAX_CACHE_TTL_SECONDS = 2_592_000

/** What requests may do and how their responses are cached: shared by client keys and the session tokens made from them. */
export interface Policy {
  /** Names or globs (`qwen-*`); undefined: every model. An app has the name `app:{id}`. */
  models?: string[]
  /** Aliases and the models that they stand for: `{"gpt-4o": "qwen-plus"}`. Resolved once, without globs. */
  aliases?: Record<string, string>
  /** Models to try in turn if the retry table gives up on a model before the first byte. */
  fallbacks?: Record<string, string[]>
  /** Names from the endpoint table; undefined: every endpoint. */
  endpoints?: string[]
  /** Origins whose pages may use the key; undefined: ALLOWED_ORIGINS. */
  origins?: string[]
  /** Sub-workspaces of the operator's account that requests may use, or globs; undefined: none. */
  workspaces?: string[]
  /** Ids of the account's knowledge bases and memories that requests may use, or globs; undefined: none. */
  knowledge?: string[]
  cache?: CachePolicy
  /** Bounds on a single request. */
  caps?: Caps
  /** IP addresses and ranges (CIDR) that may use the key; undefined: every address. */
  ip_ranges?: string[]
  /** The only regions that its requests are sent to, even if they fail; undefined: all regions of the gateway. */
  regions?: Region[]
  /** Limits on all requests of the key together. */
  limits?: Limits
  /** Limits for each end user of the key. */
  user_limits?: Limits
  /** `false`: no usage is recorded for this key, and its streams stay on the native pipe. */
  metered?: boolean
  /** `body`: the OpenAI field `user` or Anthropic's `metadata.user_id` names the end user; for trusted back ends. */
  user_from?: 'body'
  /** `false`: no jobs; `open`: the maximum number of unfinished jobs. Undefined: the default maximum. */
  jobs?: false | { open: number }
  /** `true`: the key may manage its own hooks. */
  hooks?: boolean
  /**
   * `true`: bodies and responses of the newest requests are kept for the request log, if LOG_BODIES allows it.
   */
  log_bodies?: boolean
  /** Percentages of a budget at which a `budget.threshold` event is sent. */
  alerts?: { percent: number[] }
  /** Changed by a purge: entries of earlier generations cannot be read. */
  cache_generation: number
}

/** A client key in KV: its policy, and the fields that session tokens do not inherit. */
export interface KeyRecord extends Policy {
  /**
   * `key_` and 16 hexadecimal digits; identifies the key in the admin API, the meter and the cache; it is not a
   * secret.
   */
  id: string
  name: string
  created_at: string
  /** ISO 8601; the key is refused from then on. */
  expires_at?: string
  /** The key and its session tokens are refused while this is true. */
  disabled?: boolean
  /** Who may get session tokens of this key without having the key. */
  mint?: MintPolicy
}

export interface CachePolicy {
  /** `false`: requests of this key do not use the cache. */
  enabled?: boolean
  /** Keys with the same scope share their entries; undefined: the key does not share. */
  scope?: string
  ttl_seconds?: number
  /**
   * `true`: completed streams fill the cache; `false`: streams are not looked up either; undefined: CACHE_STREAMS.
   */
  streams?: boolean
}

/** Bounds on one request; undefined ones do not apply. With a cap on a parameter, the request must also set it. */
export interface Caps {
  /** The maximum of `max_tokens`, `max_completion_tokens` and `max_output_tokens`. */
  max_tokens?: number
  n?: number
  /** The maximum of `thinking_budget`. */
  thinking_budget?: number
  enable_thinking?: false
  enable_search?: false
  tools?: false
  /**
   * Images, videos (each frame), audios and documents, in messages and in the input of embeddings, rankings and
   * applications.
   */
  media_parts?: number
  /** Bytes of all `data:` URLs as written in the body. */
  media_bytes?: number
  /** Bytes of one temporary upload. */
  upload_bytes?: number
  /** Media types of temporary uploads, or globs: `["image/*"]`. */
  upload_types?: string[]
  /** How long a WebSocket may stay open. */
  session_seconds?: number
  /** Seconds of audio that one task or session on a WebSocket may send. */
  audio_seconds?: number
}

/** Limits on usage per period; money in the billing currency. */
export interface Limits {
  requests_per_minute?: number
  tokens_per_minute?: number
  requests_in_flight?: number
  tokens_per_day?: number
  tokens_per_month?: number
  money_per_day?: number
  money_per_month?: number
  /** Seconds of audio that are recognized, composed, or sent in realtime conversations. */
  audio_seconds_per_day?: number
  /** Characters of synthesized speech. */
  characters_per_day?: number
}

/** Proofs other than the key that are accepted for session tokens, and the restrictions of such tokens. */
export interface MintPolicy {
  /** Turnstile: hosts whose pages may get tokens, and the action of their widget. */
  turnstile?: { hostnames: string[]; action?: string }
  /** Names of issuers in JWT_ISSUERS. */
  issuers?: string[]
  /** The budget of such a token; its caller may request less. */
  budget?: Budget
  /** The frozen parts of such a token, whatever its caller requests. */
  frozen?: Frozen
}

/** The budget of all requests with one session token. */
export interface Budget {
  requests?: number
  tokens?: number
}

/** The caller of one request. */
export interface Principal {
  /** The client key, or the key that the session token was made from. */
  keyId: string
  /** The policy of the key, or the part of it that the session token may use. */
  policy: Policy
  /** The end user, if known. */
  user?: string
  /** The session token, if the caller used one. */
  token?: SessionToken
}

/** The properties of a session token in addition to the policy. */
export interface SessionToken {
  id: string
  /** Seconds since 1970. */
  expires: number
  /** The budget of all requests with this token. */
  budget?: Budget
  frozen?: Frozen
}

/**
 * Parts of a request that a session token freezes: a request that contradicts them is refused, and missing parts are
 * inserted.
 */
export interface Frozen {
  model?: string
  system?: string
  parameters?: Record<string, string | number | boolean | null>
}

/** Whether a text has the shape of a key's id. */
export function isKeyId(text: string): boolean {
  return /^key_[0-9a-f]{16}$/.test(text)
}
