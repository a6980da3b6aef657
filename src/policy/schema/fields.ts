import * as z from 'zod/mini'
import { endpointNames } from '../../dashscope/endpoints.ts'
import { SOCKET_ENDPOINTS } from '../../dashscope/socket-endpoints.ts'
import { wholeNumber } from '../../lib/schema/range.ts'
import { refine, refineMessage } from '../../lib/schema/refine.ts'
import { isOriginPattern } from '../origins.ts'
import { INVISIBLE_OR_SPACE } from '../policy.ts'

/** Maximum number of entries in a key's list of models, endpoints or origins; every request of the key scans them. */
const MAX_POLICY_ENTRIES = 100

/** Characters of one entry; the longest model names of DashScope have about 60. */
const MAX_POLICY_ENTRY_CHARACTERS = 200

/** The largest number in a policy; JSON numbers are exact up to 2^53. */
export const MAX_POLICY_NUMBER = 1_000_000_000_000

const SOME_ENTRIES = `1 to ${MAX_POLICY_ENTRIES} entries, or no such field`

/**
 * A list that is not empty: an empty one would allow nothing, which is never intended; without the list everything is
 * allowed.
 */
export function nonEmptyList<Entry extends z.core.SomeType>(entry: Entry) {
  return z
    .array(entry)
    .check(refine((entries) => entries.length > 0 && entries.length <= MAX_POLICY_ENTRIES, SOME_ENTRIES))
}

/** A string with one error message for all faults. */
export function stringMatching(isValid: (value: string) => boolean, phrase: string) {
  return z.string().check(refineMessage(isValid, phrase))
}

const A_NUMBER = `a whole number from 1 to ${MAX_POLICY_NUMBER}`

/** A whole number for a limit; 0 would allow nothing. */
export const count = wholeNumber(1, MAX_POLICY_NUMBER, A_NUMBER)

const model = stringMatching(
  (value) => value !== '' && value.length <= MAX_POLICY_ENTRY_CHARACTERS && !INVISIBLE_OR_SPACE.test(value),
  `the name of a model or a glob like qwen-*, of 1 to ${MAX_POLICY_ENTRY_CHARACTERS} characters without spaces`,
)

/** Whether a text can be a model name. */
export function isModelName(text: string): boolean {
  return (
    text !== '' &&
    text.length <= MAX_POLICY_ENTRY_CHARACTERS &&
    !INVISIBLE_OR_SPACE.test(text) &&
    !text.includes('*')
  )
}

/** One model by its name. */
export const modelName = stringMatching(
  isModelName,
  `the name of one model, of 1 to ${MAX_POLICY_ENTRY_CHARACTERS} characters without spaces and "*"`,
)

export const models = nonEmptyList(model)

const ENDPOINT_NAMES: readonly string[] = [...endpointNames, ...SOCKET_ENDPOINTS.map(({ name }) => name)]

export const endpoints = nonEmptyList(
  stringMatching((value) => ENDPOINT_NAMES.includes(value), `one of ${ENDPOINT_NAMES.join(', ')}`),
)

/** The list of origins may be empty: then no page may use the key, whatever ALLOWED_ORIGINS is. */
export const origins = z
  .array(
    stringMatching(
      (value) => value.length <= MAX_POLICY_ENTRY_CHARACTERS && isOriginPattern(value),
      'an origin like https://app.example or https://*.example.com, without a path',
    ),
  )
  .check(refine((entries) => entries.length <= MAX_POLICY_ENTRIES, `at most ${MAX_POLICY_ENTRIES} entries`))

export const knowledge = nonEmptyList(
  stringMatching(
    (value) => /^[\w.*-]{1,100}$/.test(value),
    'the id of a knowledge base or a memory, or a glob like kb-*',
  ),
)

export const workspaces = nonEmptyList(
  stringMatching((value) => /^[\w*-]{1,100}$/.test(value), 'the id of a workspace, or a glob like llm-*'),
)
