/** Every number the gateway lives by, with its unit and the reason for it. */

/** An isolate has 128 MB for everything; a 20 MiB body is held about three times while it is read and checked. */
export const DEFAULT_MAX_BODY_BYTES = 20 * 1024 * 1024

/** The lifetime of a cached answer unless the operator or the caller says otherwise. */
export const DEFAULT_CACHE_TTL_SECONDS = 3600

/** Workers KV refuses an `expirationTtl` below 60 seconds. */
export const MIN_CACHE_TTL_SECONDS = 60

/** 30 days: longer than any model snapshot should be trusted to answer the same. */
export const MAX_CACHE_TTL_SECONDS = 2_592_000

/** Multimodal answers may hold result addresses, which DashScope deletes after 24 hours; half of that stays useful. */
export const MAX_MULTIMODAL_TTL_SECONDS = 43_200

/** A cache that is slower than this is skipped: a miss must not cost the caller more than a blink. */
export const CACHE_READ_DEADLINE_MS = 200

/** KV values end at 25 MiB; an answer of 20 MiB still leaves an isolate room to work. */
export const MAX_CACHED_ANSWER_BYTES = 20 * 1024 * 1024

/**
 * DashScope ends a non-stream request after 300 s (error page, `RequestTimeOut`), some models later. Twice that passes
 * DashScope's own error on, and still frees a caller whose connection died without a word.
 */
export const DEFAULT_FIRST_BYTE_DEADLINE_SECONDS = 600

/** An error event is a few hundred bytes; a first event longer than this is an answer and need not be read to its end. */
export const FIRST_EVENT_LOOK_BYTES = 16 * 1024

/** Workers KV's smallest `cacheTtl`: how long a location may keep what it read of a client key. */
export const KEY_EDGE_CACHE_SECONDS = 30

/** With the 30 s above: a revoked key is refused everywhere within 60 s. */
export const KEY_MEMORY_SECONDS = 20

/** Client keys an isolate remembers; about 1 kB each. */
export const KEY_MEMORY_ENTRIES = 2000

/** A caller that shares another's upstream call waits this long after that other one left, then asks by itself.
 *  Workers end the work of a request 30 s after its caller has gone. */
export const ORPHANED_FLIGHT_SECONDS = 25

/** Browsers keep a preflight's answer at most this long (Chromium 2 h, Firefox 24 h). */
export const PREFLIGHT_MAX_AGE_SECONDS = 7200

/** DashScope's task list gives at most this many a page, and keeps tasks 24 h. */
export const LIST_PAGE_SIZE = 100

/** Pages of the account's list that one listing reads; 20 requests a second is the account's limit (task API page). */
export const LIST_MAX_PAGES = 10

/** DashScope keeps a task's result 24 h; a week leaves room for late questions and keeps the table small. */
export const OWNED_TASK_DAYS = 7

/** 32 base62 characters are 190 bits of chance: past guessing, so the stored hash needs no salt. */
export const CLIENT_KEY_RANDOM_CHARACTERS = 32

/** The fewest base62 characters that hold any CRC-32 (62^6 > 2^32). */
export const CLIENT_KEY_CHECKSUM_CHARACTERS = 6

/** An isolate that revoked a key refuses it this long by itself: Workers KV shows a deletion everywhere within 60 s. */
export const REVOKED_KEY_MEMORY_SECONDS = 60

/** Key records that cannot be read are mostly back within seconds; sooner a caller need not ask. */
export const KEYS_RETRY_AFTER_SECONDS = 5

/** Workers KV's largest metadata: a longer record is read by itself when keys are listed. */
export const KEY_METADATA_MAX_BYTES = 1024

/** Keys a page of the operator's list; Workers KV reads at most 100 values in one operation. */
export const KEY_LIST_PAGE_SIZE = 100

/** A name is a label for people. */
export const MAX_KEY_NAME_CHARACTERS = 100

/** Entries in a key's list of models, endpoints or origins: each request of the key walks through them. */
export const MAX_POLICY_ENTRIES = 100

/** Characters of one entry; the longest model names of DashScope have about 60. */
export const MAX_POLICY_ENTRY_CHARACTERS = 200

/** How much of a caller's own text a refusal repeats. */
export const MAX_ECHO_CHARACTERS = 64

/** Shorter admin tokens can be guessed. */
export const MIN_ADMIN_TOKEN_CHARACTERS = 16
