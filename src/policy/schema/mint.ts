import * as z from 'zod/mini'
import { closedObject } from '../../lib/schema/closed-object.ts'
import { wholeNumber } from '../../lib/schema/range.ts'
import { isKeyId, MAX_TOKEN_SECONDS, MAX_USER_CHARACTERS } from '../key-record.ts'
import { endpoints, models, origins, stringMatching } from './fields.ts'
import { budget, caps, frozen } from './policy.ts'

/** Shorter tokens would be requested for nearly every call. */
const MIN_TOKEN_SECONDS = 60

/** Turnstile responses have at most 2048 characters (Turnstile, server-side validation). */
const MAX_TURNSTILE_CHARACTERS = 2048

/** Longer than the JWTs of the common issuers, which must fit into headers. */
const MAX_JWT_CHARACTERS = 8192

const A_LIFE = `a whole number of seconds from ${MIN_TOKEN_SECONDS} to ${MAX_TOKEN_SECONDS}`

/** The body of a token request: a proof, unless the key itself is sent, and the restrictions of the token. */
export const mintBody = z.exactPartial(
  closedObject({
    ttl_seconds: wholeNumber(MIN_TOKEN_SECONDS, MAX_TOKEN_SECONDS, A_LIFE),
    user: stringMatching(
      (value) => value.length <= MAX_USER_CHARACTERS && /^(?!tok_|body:)[^\s\p{Cc}\p{Cf}]+$/u.test(value),
      `a name of 1 to ${MAX_USER_CHARACTERS} characters without spaces, which begins with neither "tok_" nor "body:"`,
    ),
    models,
    endpoints,
    origins,
    caps,
    budget,
    frozen,
    turnstile: textUpTo(MAX_TURNSTILE_CHARACTERS, 'the response of the Turnstile widget'),
    jwt: textUpTo(MAX_JWT_CHARACTERS, 'a signed JWT'),
    key_id: stringMatching(isKeyId, '"key_" and 16 hexadecimal digits'),
  }),
)

export type MintBody = z.infer<typeof mintBody>

function textUpTo(mostCharacters: number, what: string) {
  return stringMatching(
    (value) => value !== '' && value.length <= mostCharacters,
    `${what}, of at most ${mostCharacters} characters`,
  )
}
