import type * as z from 'zod/mini'
import {
  MAX_JWT_CHARACTERS,
  MAX_TOKEN_SECONDS,
  MAX_TURNSTILE_CHARACTERS,
  MAX_USER_CHARACTERS,
  MIN_TOKEN_SECONDS,
} from '../constants.ts'
import { closedObject } from '../dashscope/schemas/closed-object.ts'
import { wholeNumber } from '../dashscope/schemas/range.ts'
import { endpoints, models, origins, textThat } from './fields.ts'
import { budget, caps, frozen } from './policy-fields.ts'
import { isKeyId } from './record.ts'

const A_LIFE = `a whole number of seconds from ${MIN_TOKEN_SECONDS} to ${MAX_TOKEN_SECONDS}`

/** The body of a mint: a proof where the key itself is none, and what the token may not do that the key may. */
export const mintBody = closedObject(
  {},
  {
    ttl_seconds: wholeNumber(MIN_TOKEN_SECONDS, MAX_TOKEN_SECONDS, A_LIFE),
    user: textThat(
      (value) => value.length <= MAX_USER_CHARACTERS && /^[^\s\p{Cc}\p{Cf}]+$/u.test(value),
      `a name of 1 to ${MAX_USER_CHARACTERS} characters without spaces`,
    ),
    models,
    endpoints,
    origins,
    caps,
    budget,
    frozen,
    turnstile: textUpTo(MAX_TURNSTILE_CHARACTERS, 'the response of the Turnstile widget'),
    jwt: textUpTo(MAX_JWT_CHARACTERS, 'a signed JWT'),
    key_id: textThat(isKeyId, '"key_" and 16 hexadecimal digits'),
  },
)

export type MintBody = z.infer<typeof mintBody>

function textUpTo(mostCharacters: number, what: string) {
  return textThat(
    (value) => value !== '' && value.length <= mostCharacters,
    `${what}, of at most ${mostCharacters} characters`,
  )
}
