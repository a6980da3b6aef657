import * as z from 'zod/mini'
import { MAX_CACHE_TTL_SECONDS, MAX_KEY_NAME_CHARACTERS, MIN_CACHE_TTL_SECONDS } from '../constants.ts'
import { endpoints, models, onlyFields, origins, textThat, workspaces } from './fields.ts'
import { caps, ipRanges, limits, mint, regions } from './policy-fields.ts'

const name = textThat(
  (value) => value.trim() !== '' && value.length <= MAX_KEY_NAME_CHARACTERS,
  `a name of 1 to ${MAX_KEY_NAME_CHARACTERS} characters`,
)

const moment = textThat(
  (value) => z.safeParse(z.iso.datetime({ offset: true }), value).success,
  'a time with its zone in ISO 8601, like 2027-01-31T00:00:00Z',
)

const A_LIFETIME = `a whole number of seconds from ${MIN_CACHE_TTL_SECONDS} to ${MAX_CACHE_TTL_SECONDS}`
const seconds = z
  .int(A_LIFETIME)
  .check(z.gte(MIN_CACHE_TTL_SECONDS, A_LIFETIME), z.lte(MAX_CACHE_TTL_SECONDS, A_LIFETIME))

const cache = onlyFields({
  enabled: z.exactOptional(z.boolean()),
  scope: z.exactOptional(
    textThat((value) => /^[\w-]{1,40}$/.test(value), '1 to 40 letters, digits, underscores or hyphens'),
  ),
  ttl_seconds: z.exactOptional(seconds),
  streams: z.exactOptional(z.boolean()),
})

/** What a key may have beside its name. */
const policy = {
  models,
  endpoints,
  origins,
  workspaces,
  expires_at: moment,
  cache,
  caps,
  ip_ranges: ipRanges,
  regions,
  limits,
  user_limits: limits,
  mint,
  metered: z.boolean(),
}

/** The fields of a policy, each of which a change can also remove. */
export type PolicyField = keyof typeof policy

/** The names of those fields. */
export const policyFields = Object.keys(policy) as PolicyField[]

/** The body that issues a key. */
export const newKey = onlyFields({
  name,
  models: z.exactOptional(policy.models),
  endpoints: z.exactOptional(policy.endpoints),
  origins: z.exactOptional(policy.origins),
  workspaces: z.exactOptional(policy.workspaces),
  expires_at: z.exactOptional(policy.expires_at),
  cache: z.exactOptional(policy.cache),
  caps: z.exactOptional(policy.caps),
  ip_ranges: z.exactOptional(policy.ip_ranges),
  regions: z.exactOptional(policy.regions),
  limits: z.exactOptional(policy.limits),
  user_limits: z.exactOptional(policy.user_limits),
  mint: z.exactOptional(policy.mint),
  metered: z.exactOptional(policy.metered),
})

/** The body that changes a key: a field that is left out stays, `null` removes it (JSON Merge Patch, RFC 7396). */
export const keyChange = onlyFields({
  name: z.exactOptional(name),
  models: z.exactOptional(z.nullable(policy.models)),
  endpoints: z.exactOptional(z.nullable(policy.endpoints)),
  origins: z.exactOptional(z.nullable(policy.origins)),
  workspaces: z.exactOptional(z.nullable(policy.workspaces)),
  expires_at: z.exactOptional(z.nullable(policy.expires_at)),
  cache: z.exactOptional(z.nullable(policy.cache)),
  caps: z.exactOptional(z.nullable(policy.caps)),
  ip_ranges: z.exactOptional(z.nullable(policy.ip_ranges)),
  regions: z.exactOptional(z.nullable(policy.regions)),
  limits: z.exactOptional(z.nullable(policy.limits)),
  user_limits: z.exactOptional(z.nullable(policy.user_limits)),
  mint: z.exactOptional(z.nullable(policy.mint)),
  metered: z.exactOptional(z.nullable(policy.metered)),
})

export type NewKey = z.infer<typeof newKey>
export type KeyChange = z.infer<typeof keyChange>
