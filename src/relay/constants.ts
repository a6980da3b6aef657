/** The numbers of asking DashScope, each with its unit and the reason for it. */

/** Six regions with a few accounts each; every request may have to look at all of them. */
export const MAX_TARGETS = 30

/** The first attempt and two more: clients of OpenAI's kind retry twice by themselves, and the product has to stay small. */
export const MAX_ATTEMPTS = 3

/** The most that the first retry waits; each further one doubles it. */
export const RETRY_DELAY_MS = 250

/** A longer `Retry-After` is passed on to the caller, who can spend the time better. */
export const MAX_RETRY_WAIT_MS = 10_000

/** Failures in a row after which a region, a key or a model is set aside: fewer happen by chance. */
export const ASIDE_AFTER_FAILURES = 5

/** How long something is set aside at first; each further time doubles it. */
export const ASIDE_SECONDS = 5

/** A region that is back after an outage is found within this time. */
export const MAX_ASIDE_SECONDS = 300

/** A probe that is lost with its caller holds nobody up for longer. */
export const PROBE_SECONDS = 30

/** Bills are paid and keys are exchanged by people. */
export const ASIDE_LASTING_SECONDS = 600

/** One request in an hour finds out that a bill was paid. */
export const MAX_ASIDE_LASTING_SECONDS = 3600

/** Regions, keys and models an isolate remembers as failing; callers name the models. */
export const BREAKERS_ENTRIES = 1000

/** Of the requests that go to the fastest region, how many go to another to see whether it has become faster. */
export const EXPLORED_SHARE = 0.05

/** Measurements of a region and a model before the gateway speaks of a usual time. */
export const LATENCY_MIN_SAMPLES = 3

/** Regions and models an isolate remembers the latency of. */
export const LATENCIES_ENTRIES = 1000

/** A second region is never asked sooner than this: jitter is no reason to ask twice. */
export const HEDGE_MIN_MS = 100

/** The longest that anybody can ask for; DashScope's slowest models have an hour (`x-dashscope-timeout`). */
export const MAX_TIMEOUT_SECONDS = 3600

/** Looking something up takes DashScope milliseconds. */
export const LOOKUP_FIRST_BYTE_SECONDS = 30

/** Vectors, rankings and submits are computed at once. */
export const VECTOR_FIRST_BYTE_SECONDS = 60

/** DashScope may think for 300 s before a stream's first byte (API reference, time limits); its own error comes soon after. */
export const STREAM_FIRST_BYTE_SECONDS = 330

/** Some models think long before they send anything; `x-dashscope-timeout` of 600 has been seen. */
export const THINKING_FIRST_BYTE_SECONDS = 600

/** The official SDKs give up a stream after 300 s without a byte (Python and Java); the gateway lets them be first. */
export const STREAM_IDLE_SECONDS = 330

/** Models that an isolate remembers to ask as a stream; there are fewer than a hundred of them. */
export const STREAM_ONLY_MEMORY_ENTRIES = 1000
