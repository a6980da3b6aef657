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
  cache?: CachePolicy
  /** Changed by a purge: entries written under the one before are out of reach. */
  cache_generation: number
}

export interface CachePolicy {
  /** `false` keeps this key's requests away from the cache. */
  enabled?: boolean
  /** Keys that name the same scope share their entries; absent: the key shares with nobody. */
  scope?: string
  ttl_seconds?: number
}

/** The caller of one request. */
export interface Principal {
  key: KeyRecord
}
