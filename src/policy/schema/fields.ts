import * as z from 'zod/mini'
import { endpointNames } from '../../dashscope/endpoints.ts'
import { must, rule } from '../../lib/schema/must.ts'
import { wholeNumber } from '../../lib/schema/range.ts'
import { isOriginPattern } from '../origins.ts'

/** Entries in a key's list of models, endpoints or origins: each request of the key walks through them. */
const MAX_POLICY_ENTRIES = 100

/** Characters of one entry; the longest model names of DashScope have about 60. */
const MAX_POLICY_ENTRY_CHARACTERS = 200

/** No limit of a policy is larger; beyond 2^53 a number is no longer itself. */
export const MAX_POLICY_NUMBER = 1_000_000_000_000

/** White space, control and invisible characters: no name has any, and a glob with one would never fit. */
const UNSEEMLY = /[\s\p{Cc}\p{Cf}]/u

const SOME_ENTRIES = `1 to ${MAX_POLICY_ENTRIES} entries, or no such field`

/** A list with something in it: an empty one would be a key for nothing, which is never meant; leaving it out means all. */
export function someOf<Entry extends z.core.$ZodType>(entry: Entry) {
  return z
    .array(entry)
    .check(must((entries) => entries.length > 0 && entries.length <= MAX_POLICY_ENTRIES, SOME_ENTRIES))
}

/** A text that is described by one phrase whatever is wrong with it. */
export function textThat(isRight: (value: string) => boolean, phrase: string) {
  return z.string().check(rule(isRight, phrase))
}

const A_NUMBER = `a whole number from 1 to ${MAX_POLICY_NUMBER}`

/** A whole number that bounds something; 0 would be a key for nothing. */
export const count = wholeNumber(1, MAX_POLICY_NUMBER, A_NUMBER)

const model = textThat(
  (value) => value !== '' && value.length <= MAX_POLICY_ENTRY_CHARACTERS && !UNSEEMLY.test(value),
  `the name of a model or a glob like qwen-*, of 1 to ${MAX_POLICY_ENTRY_CHARACTERS} characters without spaces`,
)

/** One model by its name. */
export const modelName = textThat(
  (value) =>
    value !== '' &&
    value.length <= MAX_POLICY_ENTRY_CHARACTERS &&
    !UNSEEMLY.test(value) &&
    !value.includes('*'),
  `the name of one model, of 1 to ${MAX_POLICY_ENTRY_CHARACTERS} characters without spaces and "*"`,
)

export const models = someOf(model)

export const endpoints = someOf(
  textThat((value) => endpointNames.includes(value), `one of ${endpointNames.join(', ')}`),
)

/** An empty list of origins has a meaning: no page may use the key, whatever ALLOWED_ORIGINS says. */
export const origins = z
  .array(
    textThat(
      (value) => value.length <= MAX_POLICY_ENTRY_CHARACTERS && isOriginPattern(value),
      'an origin like https://app.example or https://*.example.com, without a path',
    ),
  )
  .check(must((entries) => entries.length <= MAX_POLICY_ENTRIES, `at most ${MAX_POLICY_ENTRIES} entries`))

export const workspaces = someOf(
  textThat((value) => /^[\w*-]{1,100}$/.test(value), 'the id of a workspace, or a glob like llm-*'),
)
