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
