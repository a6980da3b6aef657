import * as z from 'zod/mini'
import { isDay } from '../../lib/calendar.ts'
import { closedObject, removable } from '../../lib/schema/closed-object.ts'
import { wholeNumber } from '../../lib/schema/range.ts'
import { MIN_CACHE_TTL_SECONDS } from '../../lib/workers-kv.ts'
import { MAX_CACHE_TTL_SECONDS } from '../key-record.ts'
import { endpoints, knowledge, models, origins, stringMatching, workspaces } from './fields.ts'
import { aliases, fallbacks } from './model-names.ts'
import { alerts, caps, ipRanges, jobs, limits, mintSchema, regions, userFrom } from './policy.ts'

/** The maximum length of a key's name, a label for people. */
const MAX_KEY_NAME_CHARACTERS = 100

const name = stringMatching(
  (value) => value.trim() !== '' && value.length <= MAX_KEY_NAME_CHARACTERS,
  `a name of 1 to ${MAX_KEY_NAME_CHARACTERS} characters`,
)

const moment = stringMatching(isMoment, 'a time with its zone in ISO 8601, like 2027-01-31T00:00:00Z')

const A_LIFETIME = `a whole number of seconds from ${MIN_CACHE_TTL_SECONDS} to ${MAX_CACHE_TTL_SECONDS}`

const cache = z.exactPartial(
  closedObject({
    enabled: z.boolean(),
    scope: stringMatching(
      (value) => /^[\w-]{1,40}$/.test(value),
      '1 to 40 letters, digits, underscores or hyphens',
    ),
    ttl_seconds: wholeNumber(MIN_CACHE_TTL_SECONDS, MAX_CACHE_TTL_SECONDS, A_LIFETIME),
    streams: z.boolean(),
  }),
)

/** The fields of a key in addition to its name. */
const policy = {
  models,
  aliases,
  fallbacks,
  endpoints,
  origins,
  workspaces,
  knowledge,
  expires_at: moment,
  cache,
  caps,
  ip_ranges: ipRanges,
  regions,
  limits,
  user_limits: limits,
  mint: mintSchema,
  metered: z.boolean(),
  user_from: userFrom,
  disabled: z.boolean(),
  jobs,
  hooks: z.boolean(),
  log_bodies: z.boolean(),
  alerts,
}

/** The fields that a change can remove. */
export type PolicyField = keyof typeof policy

/** The names of those fields. */
export const policyFields = Object.keys(policy) as PolicyField[]

/** The body that creates a key. */
export const newKey = z.extend(z.exactPartial(closedObject(policy)), { name })

/**
 * The body that changes a key: missing fields stay unchanged, `null` removes a field (JSON Merge Patch, RFC 7396).
 */
export const keyChange = z.exactPartial(closedObject({ name, ...removable(policy) }))

export type NewKey = z.infer<typeof newKey>
export type KeyChange = z.infer<typeof keyChange>

/** A time of day with its zone (RFC 3339 section 5.6), in capital letters. */
const TIME = /^T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

function isMoment(text: string): boolean {
  return isDay(text.slice(0, 10)) && TIME.test(text.slice(10))
}
