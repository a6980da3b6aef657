import type { Region } from '../dashscope/regions.ts'

/** A token travels in a header with each request; servers and proxies end all headers together at 8 KiB or later. */
export const MAX_TOKEN_CHARACTERS = 4096

/** What one client key may do and how its answers are cached: the record in KV and what a request is checked against. */
export interface KeyRecord {
  /** `key_` and 16 hexadecimal digits; names the key in the admin API, the meter and the cache, and is no secret. */
  id: string
  name: string
  created_at: string
  /** ISO 8601; from then on the key is refused. */
  expires_at?: string
  /** Names or globs (`qwen-*`); absent: every model. An app is asked for as `app:{id}`. */
  models?: string[]
  /** Names from the endpoint table; absent: every endpoint. */
  endpoints?: string[]
  /** Origins that pages may call from; absent: ALLOWED_ORIGINS. */
  origins?: string[]
  /** Sub-workspaces of the operator's account that requests may name, or globs; absent: none. */
  workspaces?: string[]
  cache?: CachePolicy
  /** Bounds on what one request may ask for. */
  caps?: Caps
  /** Addresses (CIDR) that may use the key; absent: every address. */
  ip_ranges?: string[]
  /** The only regions that its requests go to, whatever fails; absent: all that the gateway asks. */
  regions?: Region[]
  /** What all requests of the key together may use. */
  limits?: Limits
  /** What each end user of the key may use. */
  user_limits?: Limits
  /** Who may mint session tokens of this key without knowing it. */
  mint?: MintPolicy
  /** `false`: nothing is recorded of this key's use, and its streams need no JavaScript. */
  metered?: boolean
  /** Changed by a purge: entries written under the one before are out of reach. */
  cache_generation: number
}

export interface CachePolicy {
  /** `false` keeps this key's requests away from the cache. */
  enabled?: boolean
  /** Keys that name the same scope share their entries; absent: the key shares with nobody. */
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
  /** Bytes of all `data:` URLs as they stand in the body. */
  media_bytes?: number
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
}

/** Proofs other than the key itself that get a session token, and what such a token may at most. */
export interface MintPolicy {
  /** Turnstile: hosts whose pages may mint, and the action their widget names. */
  turnstile?: { hostnames: string[]; action?: string }
  /** Names of issuers in JWT_ISSUERS. */
  issuers?: string[]
  /** The budget of such a token, and the most that its caller may ask for. */
  budget?: Budget
  /** What such a token fixes whatever its caller asks for. */
  frozen?: Frozen
}

/** What all requests with one session token together may use. */
export interface Budget {
  requests?: number
  tokens?: number
}

/** The caller of one request. */
export interface Principal {
  /** The key, or the part of it that a session token may use. */
  key: KeyRecord
  /** The end user, where a session token names one. */
  user?: string
  /** The session token, where the caller came with one. */
  token?: SessionToken
}

/** What a session token says of itself. */
export interface SessionToken {
  id: string
  /** Seconds since 1970. */
  expires: number
  /** What all requests with this token together may use. */
  budget?: Budget
  frozen?: Frozen
}

/** Parts of a request that a session token fixes: what contradicts them is refused, what leaves them out gets them. */
export interface Frozen {
  model?: string
  system?: string
  parameters?: Record<string, string | number | boolean | null>
}

/** Whether a text has the shape of a key's id. */
export function isKeyId(text: string): boolean {
  return /^key_[0-9a-f]{16}$/.test(text)
}
