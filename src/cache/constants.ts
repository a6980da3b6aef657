/** The numbers of the cache, with their units and the reasons for them. */

/** Multimodal answers may hold result addresses, which DashScope deletes after 24 hours; half of that stays useful. */
export const MAX_MULTIMODAL_TTL_SECONDS = 43_200

/** A cache that is slower than this is skipped: a miss must not cost the caller more than a blink. */
export const CACHE_READ_DEADLINE_MS = 200

/** An isolate has 128 MB for everything: this many answers of a few kB each are the ones that are hot at the moment. */
export const ANSWER_MEMORY_BYTES = 8 * 1024 * 1024

/** How long an isolate answers by itself: no longer than Workers KV may take to show an overwritten entry everywhere. */
export const ANSWER_MEMORY_SECONDS = 60

/** One large answer must not push out a hundred small ones. */
export const MAX_REMEMBERED_ANSWER_BYTES = 256 * 1024

/** What a remembered answer weighs beside its body: its name, metadata and place, generously. */
export const REMEMBERED_ANSWER_OVERHEAD_BYTES = 1024

/** Questions whose spelling an isolate remembers after they were answered from the cache: with the next number, at most 4 MB. */
export const SPELLING_MEMORY_ENTRIES = 500

/** A question of this many characters is a page of text; for longer ones hashing is the smaller part of the work. */
export const MAX_SPELLING_CHARACTERS = 4096

/**
 * How long an isolate leaves an entry alone after it began to refresh it: a Worker's work behind an answer ends after 30 s,
 * and for another 30 s KV may still show the old entry.
 */
export const REFRESH_PAUSE_SECONDS = 60

/** Entries whose refresh an isolate remembers; about 100 bytes each. */
export const REFRESH_MEMORY_ENTRIES = 1000

/** A stream that is to be kept is held in memory until its end: 1 MiB is about 4,000 frames, and many may flow at once. */
export const MAX_KEPT_STREAM_BYTES = 1024 * 1024

/** A caller that shares another's upstream call waits this long after that other one left, then asks by itself.
 *  Workers end the work of a request 30 s after its caller has gone. */
export const ORPHANED_FLIGHT_SECONDS = 25
