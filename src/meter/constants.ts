/** The numbers of the meter, with their units and the reasons for them. */

/** DashScope's task list gives at most this many a page, and keeps tasks 24 h. A page of files, each asked for by itself, has
 *  no more. */
export const LIST_PAGE_SIZE = 100

/** Pages of the account's list that one listing reads; 20 requests a second is the account's limit (task API page). */
export const LIST_MAX_PAGES = 10

/** DashScope keeps a task's result 24 h; a week leaves room for late questions and keeps the table small. */
export const OWNED_TASK_DAYS = 7

/** Files that one request may name: DashScope reads 100 (Qwen-Long, limits), and each is looked up in the meter. */
export const MAX_FILE_IDS = 100

/** Longer than any id of DashScope's tasks and files (about 40), as in its paths; a longer one is nobody's. */
export const MAX_OWNED_ID_CHARACTERS = 128

/** Rates are named per minute. */
export const RATE_WINDOW_SECONDS = 60

/** Nobody knows when a request in flight ends; a second is what a short answer takes. */
export const IN_FLIGHT_RETRY_SECONDS = 1

/** Money is counted in whole millionths, so that sums stay exact: a price per million tokens times tokens is micros. */
export const MICROS = 1_000_000

/** A meter that failed is mostly back within seconds: Durable Objects restart elsewhere. */
export const METER_RETRY_AFTER_SECONDS = 2

/** A meter answers in milliseconds, from the other side of the earth in half a second; what takes longer is broken. */
export const METER_DEADLINE_MS = 3000

/** A settlement may come after its reservation expired (a stream of hours); a day later it is lost for good. */
export const LATE_SETTLEMENT_HOURS = 24

/** How often a meter looks for rows that it needs no more: each look reads the whole table. */
export const METER_PRUNE_SECONDS = 60

/** A budget looks back to the first of the month; the month before stays for a while in case of a question. */
export const SPENT_DAYS = 62

/** When an object that nobody asks is looked through: what an end user spent is not needed any more. */
export const METER_IDLE_DAYS = SPENT_DAYS + 1

/** Thirteen months: a bill can be compared with that of a year ago. */
export const USAGE_DAYS = 400

/** Rows a day in a key's usage: callers name models and users, and must not fill the table with invented ones. */
export const MAX_USAGE_ROWS_PER_DAY = 10_000

/** Characters of a model's or a user's name in the usage; both come from callers. */
export const MAX_USAGE_NAME_CHARACTERS = 128

/** A stream's last frames, where its usage stands; the longest recorded last frames (cited documents) are about 30 kB. */
export const STREAM_TAIL_BYTES = 64 * 1024

/** A stream's first frame, where Anthropic counts the input. */
export const STREAM_HEAD_BYTES = 4 * 1024

/** UTF-8 bytes a token, of JSON with English or Chinese text in it; Qwen's tokenizer takes about 4 and 5. */
export const ESTIMATED_BYTES_PER_TOKEN = 4

/** Bytes of an event stream a token: each frame of the compatible API wraps a few of them in about 250 bytes of JSON. */
export const ESTIMATED_STREAM_BYTES_PER_TOKEN = 80

/** Output of a request that names no bound: longer than most answers, shorter than what a model may write. */
export const ESTIMATED_OUTPUT_TOKENS = 1000

/** More than any model writes: `max_tokens` is the caller's word, and sums with absurd numbers in them lose their last digits. */
export const MAX_ESTIMATED_OUTPUT_TOKENS = 1_000_000

/** An image of usual size (visual understanding page: 28 or 32 pixels a side make a token). */
export const ESTIMATED_TOKENS_PER_MEDIUM = 1200

/** A reservation whose settlement never comes is in flight this long; longer than the slowest answer. */
export const RESERVATION_SECONDS = 900

/** How long usage is gathered in an isolate before the meter is told: one call for all requests of that time. */
export const USAGE_BATCH_MS = 1000

/**
 * How long settlements of reservations are gathered, where no reservation comes that takes them along: so long other
 * isolates find places in flight taken and estimates charged, no longer than a meter far away takes to hear of anything.
 */
export const SETTLEMENT_BATCH_MS = 25

/** From then on the request that was to send a batch has been ended by the runtime, and the next one sends it. */
export const USAGE_BATCH_OVERDUE_MS = 10_000
