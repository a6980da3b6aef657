/** Limits of Workers KV. */

/** Workers KV refuses an `expirationTtl` below 60 seconds. */
export const MIN_CACHE_TTL_SECONDS = 60

/** Workers KV's smallest `cacheTtl`: how long a location caches an entry at least. */
export const KV_EDGE_CACHE_SECONDS = 30

/** Workers KV's largest metadata: a key record that exceeds it is read separately when keys are listed. */
export const KEY_METADATA_MAX_BYTES = 1024

/**
 * Keys per bulk read: Workers KV reads at most 100 values at once, and each key has two, its record and its
 * revocation.
 */
export const KEYS_PER_READ = 50
