import * as z from 'zod/mini'
import { REGIONS } from '../../dashscope/regions.ts'
import { closedObject } from '../../lib/schema/closed-object.ts'
import { wholeNumber } from '../../lib/schema/range.ts'
import { refine, refineMessage } from '../../lib/schema/refine.ts'
import { isAddressRange } from '../ip.ts'
import { type Caps, type Limits, MAX_SESSION_SECONDS, MAX_TOKEN_CHARACTERS } from '../key-record.ts'
import { count, MAX_POLICY_NUMBER, modelName, nonEmptyList, stringMatching } from './fields.ts'

/** Maximum number of frozen parameters; each request is compared with them one by one. */
const MAX_FROZEN_PARAMETERS = 20

const OFF = 'false, or no such field'
const off = z.literal(false, OFF)

const NO_MEDIA = `a whole number from 0 to ${MAX_POLICY_NUMBER}`
const countOrNone = wholeNumber(0, MAX_POLICY_NUMBER, NO_MEDIA)

/** The caps on a single request; `media_parts: 0` allows only text. */
export const caps = z.exactPartial(
  closedObject({
    max_tokens: count,
    n: count,
    thinking_budget: count,
    enable_thinking: off,
    enable_search: off,
    tools: off,
    media_parts: countOrNone,
    media_bytes: countOrNone,
    upload_bytes: count,
    upload_types: nonEmptyList(
      stringMatching(
        (value) => /^[a-z*]+\/[\w.+*-]{1,80}$/.test(value),
        'a media type or a glob like image/*',
      ),
    ),
    session_seconds: wholeNumber(1, MAX_SESSION_SECONDS, `a whole number from 1 to ${MAX_SESSION_SECONDS}`),
    audio_seconds: count,
  } satisfies Record<keyof Caps, z.core.SomeType>),
)

const MONEY = `a number above 0 and at most ${MAX_POLICY_NUMBER}`
const money = z.number().check(refine((value) => value > 0 && value <= MAX_POLICY_NUMBER, MONEY))

/** Limits on usage per period. */
export const limits = z.exactPartial(
  closedObject({
    requests_per_minute: count,
    tokens_per_minute: count,
    requests_in_flight: count,
    tokens_per_day: count,
    tokens_per_month: count,
    money_per_day: money,
    money_per_month: money,
    audio_seconds_per_day: count,
    characters_per_day: count,
  } satisfies Record<keyof Limits, z.core.SomeType>),
)

/** IP addresses that may use a key. */
export const ipRanges = nonEmptyList(
  stringMatching(
    isAddressRange,
    'an IP address or a range like 192.0.2.0/24 or 2001:db8::/32, with no bits set after the prefix',
  ),
)

/** Regions that a key is restricted to. */
export const regions = nonEmptyList(z.enum(REGIONS, `one of ${REGIONS.join(', ')}`))

/** Maximum number of thresholds; five are enough to follow a month. */
const MAX_ALERTS = 5

const PERCENTAGES = `1 to ${MAX_ALERTS} different whole numbers from 1 to 100`

/** Percentages of a budget at which an event is sent. */
export const alerts = closedObject({
  percent: z
    .array(wholeNumber(1, 100, 'a whole number from 1 to 100'))
    .check(
      refineMessage(
        (list) => list.length > 0 && list.length <= MAX_ALERTS && new Set(list).size === list.length,
        PERCENTAGES,
      ),
    ),
})

/** `false` forbids jobs; an object limits how many may be open. */
export const jobs = z.union([z.literal(false, 'false'), closedObject({ open: count })])

/** Where the end user's name comes from, in addition to session tokens. */
export const userFrom = z.literal('body', '"body"')

/** The budget of a session token over its lifetime. */
export const budget = z.exactPartial(closedObject({ requests: count, tokens: count }))

/** Members that are not parameters: they contain the prompt, or are frozen by other fields. */
const NO_PARAMETERS = [
  'model',
  'messages',
  'input',
  'parameters',
  'system',
  'instructions',
  'prompt',
  'resources',
]

const SCALAR = 'a string, a number up to 2^53, true, false or null'
const scalar = z
  .union([z.string(), z.number(), z.boolean(), z.null()], { error: SCALAR })
  .check(refineMessage(isExact, SCALAR))

const parameters = z.record(z.string(), scalar).check(
  refineMessage(
    (value) => Object.keys(value).length <= MAX_FROZEN_PARAMETERS,
    `at most ${MAX_FROZEN_PARAMETERS} parameters`,
  ),
  refineMessage(
    (value) =>
      Object.keys(value).every((name) => /^[a-z]\w{0,63}$/i.test(name) && !NO_PARAMETERS.includes(name)),
    `names of parameters other than ${NO_PARAMETERS.join(', ')}`,
  ),
)

/** The frozen parts of a session token; all of them must fit into the token. */
export const frozen = z.exactPartial(
  closedObject({
    model: modelName,
    system: stringMatching(
      (value) => value !== '' && value.length <= MAX_TOKEN_CHARACTERS,
      `a text of 1 to ${MAX_TOKEN_CHARACTERS} characters`,
    ),
    parameters,
  }),
)

const hostname = stringMatching(
  (value) => /^(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(value),
  'a host name in lower case like app.example, without scheme, port and "*"',
)

const turnstile = closedObject({
  hostnames: nonEmptyList(hostname),
  action: z.exactOptional(
    stringMatching((value) => /^[\w-]{1,32}$/.test(value), '1 to 32 letters, digits, underscores or hyphens'),
  ),
})

/** Who may get a session token without the key. */
export const mintSchema = z.exactPartial(
  closedObject({
    turnstile,
    issuers: nonEmptyList(
      stringMatching((value) => /^[\w-]{1,40}$/.test(value), 'the name of an issuer in JWT_ISSUERS'),
    ),
    budget,
    frozen,
  }),
)

/** Numbers beyond 2^53 are rounded by parsing. */
function isExact(value: unknown): boolean {
  return typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER
}
