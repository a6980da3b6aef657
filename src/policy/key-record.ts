import type { Region } from '../dashscope/regions.ts'

/** A token is sent in a header of each request; servers and proxies limit all headers together to 8 KiB or more. */
export const MAX_TOKEN_CHARACTERS = 4096

/** The longest that a token can outlive a change of its key; revoking is quicker. */
export const MAX_TOKEN_SECONDS = 3600

/** The name of an end user: an account number or an address, never a profile. */
export const MAX_USER_CHARACTERS = 200

/** DashScope ends a realtime session after two hours (Realtime page). */
export const MAX_SESSION_SECONDS = 7200

/** 30 days: a model snapshot should not be trusted to answer the same for longer. */
export const MAX_CACHE_TTL_SECONDS = 2_592_000

/** What requests may do and how their responses are cached: shared by client keys and the session tokens made from them. */
export interface Policy {
  /** Names or globs (`qwen-*`); absent: every model. An app has the name `app:{id}`. */
  models?: string[]
  /** Names that callers may use, and the models they stand for: `{"gpt-4o": "qwen-plus"}`. Resolved once; no globs. */
  aliases?: Record<string, string>
  /** Models to ask, in order, when the retry rules give up on a model before the first byte. */
  fallbacks?: Record<string, string[]>
  /** Names from the endpoint table; absent: every endpoint. */
  endpoints?: string[]
  /** Origins that pages may call from; absent: ALLOWED_ORIGINS. */
  origins?: string[]
  /** Sub-workspaces of the operator's account that requests may name, or globs; absent: none. */
  workspaces?: string[]
  /** Ids of the account's knowledge bases and memories that requests may name, or globs; absent: none. */
  knowledge?: string[]
  cache?: CachePolicy
  /** Bounds on what one request may ask for. */
  caps?: Caps
  /** IP addresses and ranges (CIDR) that may use the key; absent: every address. */
  ip_ranges?: string[]
  /** The only regions that its requests go to, whatever fails; absent: all regions of the gateway. */
  regions?: Region[]
  /** What all requests of the key together may use. */
  limits?: Limits
  /** What each end user of the key may use. */
  user_limits?: Limits
  /** `false`: no usage is recorded for this key, and its streams pass without JavaScript. */
  metered?: boolean
  /** `body`: the OpenAI field `user` or Anthropic's `metadata.user_id` names the end user; for back ends that are trusted. */
  user_from?: 'body'
  /** `false`: no jobs; `open`: how many may be unfinished at the same time. Absent: jobs within the default limit. */
  jobs?: false | { open: number }
  /** `true`: may manage hooks of its own. */
  hooks?: boolean
  /** Percentages of a budget at which a `budget.threshold` event is sent. */
  alerts?: { percent: number[] }
  /** Changed by a purge: entries of earlier generations are unreachable. */
  cache_generation: number
}

/** A client key as KV stores it: its policy, and the fields that session tokens do not inherit. */
export interface KeyRecord extends Policy {
  /** `key_` and 16 hexadecimal digits; names the key in the admin API, the meter and the cache, and is no secret. */
  id: string
  name: string
  created_at: string
  /** ISO 8601; from then on the key is refused. */
  expires_at?: string
  /** The key and its session tokens are refused until this is changed back. */
  disabled?: boolean
  /** Who may mint session tokens of this key without knowing it. */
  mint?: MintPolicy
}

export interface CachePolicy {
  /** `false` keeps this key's requests away from the cache. */
  enabled?: boolean
  /** Keys with the same scope share their entries; absent: the key shares with no other key. */
  scope?: string
  ttl_seconds?: number
  /** `true`: completed streams fill the cache; `false`: streams are not looked up either; absent: CACHE_STREAMS. */
  streams?: boolean
}

/** Bounds on one request; what is absent is not bounded. A cap on a number also asks the request to name it. */
export interface Caps {
  /** Of `max_tokens`, `max_completion_tokens` and `max_output_tokens`. */
  max_tokens?: number
  n?: number
  /** Of `thinking_budget`. */
  thinking_budget?: number
  enable_thinking?: false
  enable_search?: false
  tools?: false
  /** Images, videos (each frame), audios and documents, in messages and in what is embedded, ranked or given to an application. */
  media_parts?: number
  /** Bytes of all `data:` URLs as they are in the body. */
  media_bytes?: number
  /** Bytes of one temporary upload. */
  upload_bytes?: number
  /** Media types of temporary uploads, or globs: `["image/*"]`. */
  upload_types?: string[]
  /** How long a WebSocket may stay open. */
  session_seconds?: number
  /** Audio that one task or session on a WebSocket may send. */
  audio_seconds?: number
}

/** What may be used in a time; money in the currency of the price table. */
export interface Limits {
  requests_per_minute?: number
  tokens_per_minute?: number
  requests_in_flight?: number
  tokens_per_day?: number
  tokens_per_month?: number
  money_per_day?: number
  money_per_month?: number
  /** Audio that is recognized, composed, or sent in realtime conversations. */
  audio_seconds_per_day?: number
  /** Characters of synthesized speech. */
  characters_per_day?: number
}

/** Proofs other than the key itself that get a session token, and the most such a token may do. */
export interface MintPolicy {
  /** Turnstile: hosts whose pages may mint, and the action that their widget names. */
  turnstile?: { hostnames: string[]; action?: string }
  /** Names of issuers in JWT_ISSUERS. */
  issuers?: string[]
  /** The budget of such a token, and the most that its caller may ask for. */
  budget?: Budget
  /** What such a token fixes, whatever its caller asks for. */
  frozen?: Frozen
}

/** What all requests with one session token together may use. */
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
  /** The end user, if one is named. */
  user?: string
  /** The session token, if the caller sent one. */
  token?: SessionToken
}

/** What a session token adds to the policy. */
export interface SessionToken {
  id: string
  /** Seconds since 1970. */
  expires: number
  /** What all requests with this token together may use. */
  budget?: Budget
  frozen?: Frozen
}

/** Parts of a request that a session token fixes: a request that contradicts them is refused, one that omits them gets them. */
export interface Frozen {
  model?: string
  system?: string
  parameters?: Record<string, string | number | boolean | null>
}

/** Whether a text has the shape of a key's id. */
export function isKeyId(text: string): boolean {
  return /^key_[0-9a-f]{16}$/.test(text)
}
