import * as z from 'zod/mini'
import { isOriginPattern } from '../config.ts'
import {
  MAX_CACHE_TTL_SECONDS,
  MAX_KEY_NAME_CHARACTERS,
  MAX_POLICY_ENTRIES,
  MAX_POLICY_ENTRY_CHARACTERS,
  MIN_CACHE_TTL_SECONDS,
} from '../constants.ts'
import { endpointNames } from '../dashscope/endpoints.ts'

const name = z
  .string()
  .check(
    z.refine(
      (value) => value.trim() !== '' && value.length <= MAX_KEY_NAME_CHARACTERS,
      `a name of 1 to ${MAX_KEY_NAME_CHARACTERS} characters`,
    ),
  )

const model = z
  .string()
  .check(
    z.refine(
      (value) => value.trim() !== '' && value.length <= MAX_POLICY_ENTRY_CHARACTERS,
      `the name of a model or a glob like qwen-*, of 1 to ${MAX_POLICY_ENTRY_CHARACTERS} characters`,
    ),
  )

const endpoint = z
  .string()
  .check(z.refine((value) => endpointNames.includes(value), `one of ${endpointNames.join(', ')}`))

const origin = z
  .string()
  .check(
    z.refine(
      (value) => value.length <= MAX_POLICY_ENTRY_CHARACTERS && isOriginPattern(value),
      'an origin like https://app.example or https://*.example.com, without a path',
    ),
  )

const moment = z
  .string()
  .check(
    z.refine(
      (value) => z.safeParse(z.iso.datetime({ offset: true }), value).success,
      'a time with its zone in ISO 8601, like 2027-01-31T00:00:00Z',
    ),
  )

const SOME_ENTRIES = `1 to ${MAX_POLICY_ENTRIES} entries, or no such field`

/** An empty list of models or endpoints would be a key for nothing, which is never meant; leaving it out means all. */
const models = z
  .array(model)
  .check(z.minLength(1, SOME_ENTRIES), z.maxLength(MAX_POLICY_ENTRIES, SOME_ENTRIES))
const endpoints = z
  .array(endpoint)
  .check(z.minLength(1, SOME_ENTRIES), z.maxLength(MAX_POLICY_ENTRIES, SOME_ENTRIES))

/** An empty list of origins has a meaning: no page may use the key, whatever ALLOWED_ORIGINS says. */
const origins = z
  .array(origin)
  .check(z.maxLength(MAX_POLICY_ENTRIES, `at most ${MAX_POLICY_ENTRIES} entries`))

const A_LIFETIME = `a whole number of seconds from ${MIN_CACHE_TTL_SECONDS} to ${MAX_CACHE_TTL_SECONDS}`
const seconds = z
  .int(A_LIFETIME)
  .check(z.gte(MIN_CACHE_TTL_SECONDS, A_LIFETIME), z.lte(MAX_CACHE_TTL_SECONDS, A_LIFETIME))

const cache = onlyFields({
  enabled: z.exactOptional(z.boolean()),
  scope: z.exactOptional(
    z
      .string()
      .check(
        z.refine((value) => /^[\w-]{1,40}$/.test(value), '1 to 40 letters, digits, underscores or hyphens'),
      ),
  ),
  ttl_seconds: z.exactOptional(seconds),
})

/** The body that issues a key. Unknown fields are refused: a misspelt limit must not become no limit. */
export const newKey = onlyFields({
  name,
  models: z.exactOptional(models),
  endpoints: z.exactOptional(endpoints),
  origins: z.exactOptional(origins),
  expires_at: z.exactOptional(moment),
  cache: z.exactOptional(cache),
})

/** The body that changes a key: a field that is left out stays, `null` removes it (JSON Merge Patch, RFC 7396). */
export const keyChange = onlyFields({
  name: z.exactOptional(name),
  models: z.exactOptional(z.nullable(models)),
  endpoints: z.exactOptional(z.nullable(endpoints)),
  origins: z.exactOptional(z.nullable(origins)),
  expires_at: z.exactOptional(z.nullable(moment)),
  cache: z.exactOptional(z.nullable(cache)),
})

export type NewKey = z.infer<typeof newKey>
export type KeyChange = z.infer<typeof keyChange>

function onlyFields<Shape extends z.core.$ZodShape>(shape: Shape): z.ZodMiniObject<Shape, z.core.$strict> {
  const known = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `only ${known} and not ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`
        : undefined,
  })
}
