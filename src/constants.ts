/** The numbers the gateway lives by, each with its unit and the reason for it; those of one room alone stand in it. */

/** An isolate has 128 MB for everything; a 20 MiB body is held about three times while it is read and checked. */
export const DEFAULT_MAX_BODY_BYTES = 20 * 1024 * 1024

/** The lifetime of a cached answer unless the operator or the caller says otherwise. */
export const DEFAULT_CACHE_TTL_SECONDS = 3600

/** Workers KV refuses an `expirationTtl` below 60 seconds. */
export const MIN_CACHE_TTL_SECONDS = 60

/** 30 days: longer than any model snapshot should be trusted to answer the same. */
export const MAX_CACHE_TTL_SECONDS = 2_592_000

/** Grace behind a lifetime is a bridge over an outage; a week-old answer to a new question is none. */
export const MAX_STALE_SECONDS = 604_800

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

/** Browsers keep a preflight's answer at most this long (Chromium 2 h, Firefox 24 h). */
export const PREFLIGHT_MAX_AGE_SECONDS = 7200

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

/** Keys a page of the operator's list. */
export const KEY_LIST_PAGE_SIZE = 100

/** Workers KV reads at most 100 values in one operation: a key's record, and whether the key was revoked. */
export const KEYS_A_READ = 50

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

/** A session token's life unless the mint says otherwise: a visit to a page, and a short harm where one leaks. */
export const DEFAULT_TOKEN_SECONDS = 600

/** Shorter tokens would be minted for nearly every request. */
export const MIN_TOKEN_SECONDS = 60

/** The longest that a token can outlive a change of its key; revoking is quicker. */
export const MAX_TOKEN_SECONDS = 3600

/** A token travels in a header with each request; servers and proxies end all headers together at 8 KiB or later. */
export const MAX_TOKEN_CHARACTERS = 4096

/** Session tokens an isolate remembers as verified; about 2 kB each. */
export const TOKEN_MEMORY_ENTRIES = 2000

/** 96 bits of chance: two tokens never meet in one budget. */
export const TOKEN_ID_BYTES = 12

/** How far the clocks of two machines may stand apart. */
export const CLOCK_TOLERANCE_SECONDS = 60

/**
 * How long it is known of a key that its tokens are revoked: the longest life of a token, and the minute after the
 * revocation in which a location that has not heard of it still mints.
 */
export const REVOCATION_SECONDS = MAX_TOKEN_SECONDS + 120

/** A policy with every list full; KV itself would take 25 MiB. */
export const MAX_ADMIN_BODY_BYTES = 256 * 1024

/** A mint is a few hundred bytes and may hold a JWT or a Turnstile response. */
export const MAX_MINT_BODY_BYTES = 16 * 1024

/** Turnstile responses have at most 2048 characters (Turnstile, server-side validation). */
export const MAX_TURNSTILE_CHARACTERS = 2048

/** Longer than the JWTs of the common issuers, which have to fit into headers themselves. */
export const MAX_JWT_CHARACTERS = 8192

/** The name of an end user: an account number or an address, never a profile. */
export const MAX_USER_CHARACTERS = 200

/** siteverify and key sets are small and near; a page waits meanwhile. */
export const PROOF_DEADLINE_MS = 5000

/** Issuers announce new keys long before they use them; ten minutes keep most mints free of a fetch. */
export const KEY_SET_FRESH_SECONDS = 600

/**
 * How long the last set that an issuer gave is gone by while it gives no new one: an outage of theirs should throw nobody out.
 * For as long, at most a day, a key counts that they took back meanwhile.
 */
export const KEY_SET_KEPT_SECONDS = 86_400

/** A JWT with an invented key id must not become a fetch, nor must a failing issuer be asked by each: at most this often. */
export const KEY_SET_REFETCH_SECONDS = 60

/** Without any set nobody gets in, so an issuer that failed is asked again sooner. */
export const KEY_SET_RETRY_SECONDS = 5

/** RFC 7518 section 3.3 asks for RSA keys of at least 2048 bits: 256 bytes are 342 characters of base64url. */
export const MIN_RSA_MODULUS_CHARACTERS = 342

/** Parameters that a token can fix; each request is compared with them one by one. */
export const MAX_FROZEN_PARAMETERS = 20

/** No limit of a policy is larger; beyond 2^53 a number is no longer itself. */
export const MAX_POLICY_NUMBER = 1_000_000_000_000

/** What GET /edge/usage covers when no first day is given: today and the days before, a month. */
export const DEFAULT_USAGE_REPORT_DAYS = 30

/** Meters that one report asks at the same moment; each is a Durable Object and a subrequest. */
export const USAGE_METERS_AT_ONCE = 20

/** What each part has to answer GET /edge/health?deep=1: somebody is waiting, and slower parts are ill anyway. */
export const HEALTH_DEADLINE_MS = 5000

/** What a log may hold of a body where the operator switched bodies on; Workers Logs take 256 kB a line. */
export const MAX_LOGGED_BODY_CHARACTERS = 16_384

/** What a log may hold of a path, a field's name or an error's cause, which callers make as long as they like. */
export const MAX_LOGGED_TEXT_CHARACTERS = 300

/** How long an address that was refused too often is braked; the binding's own window is as long. */
export const BRAKE_SECONDS = 60

/** Braked addresses an isolate remembers. */
export const BRAKE_ADDRESSES = 10_000

/** A JSON text up to this size cannot fill an isolate, whatever it holds: 256 KiB of the worst make about 10 MB. */
export const UNWEIGHED_JSON_CHARACTERS = 256 * 1024

/** Values in a larger body: a batch of documents has thousands; 200,000 take about 20 MB when parsed. */
export const MAX_JSON_VALUES = 200_000

/** Nesting in a larger body; the deepest JSON schemas of tools have a few dozen levels. */
export const MAX_JSON_DEPTH = 1000
