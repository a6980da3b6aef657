/** Limits of Workers KV. */

/** Workers KV refuses an `expirationTtl` below 60 seconds. */
export const MIN_CACHE_TTL_SECONDS = 60

/** Workers KV's smallest `cacheTtl`: how long a location may keep what it read of a client key. */
export const KEY_EDGE_CACHE_SECONDS = 30

/** Workers KV's largest metadata: a longer record is read by itself when keys are listed. */
export const KEY_METADATA_MAX_BYTES = 1024

/** Workers KV reads at most 100 values in one operation: a key's record, and whether the key was revoked. */
export const KEYS_A_READ = 50
