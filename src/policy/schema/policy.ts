import * as z from 'zod/mini'
import { REGIONS } from '../../dashscope/regions.ts'
import { closedObject } from '../../lib/schema/closed-object.ts'
import { must, rule } from '../../lib/schema/must.ts'
import { wholeNumber } from '../../lib/schema/range.ts'
import { recordOf } from '../../lib/schema/record-of.ts'
import { isAddressRange } from '../ip.ts'
import { MAX_TOKEN_CHARACTERS } from '../key-record.ts'
import { count, MAX_POLICY_NUMBER, modelName, someOf, textThat } from './fields.ts'

/** Parameters that a token can fix; each request is compared with them one by one. */
const MAX_FROZEN_PARAMETERS = 20

const OFF = 'false, or no such field'
const off = z.boolean(OFF).check(must((value) => !value, OFF)) as z.ZodMiniType<false>

const NO_MEDIA = `a whole number from 0 to ${MAX_POLICY_NUMBER}`
const countOrNone = wholeNumber(0, MAX_POLICY_NUMBER, NO_MEDIA)

/** What one request may ask for; 0 media parts is a key for text. */
export const caps = closedObject(
  {},
  {
    max_tokens: count,
    n: count,
    thinking_budget: count,
    enable_thinking: off,
    enable_search: off,
    tools: off,
    media_parts: countOrNone,
    media_bytes: countOrNone,
  },
)

const MONEY = `a number above 0 and at most ${MAX_POLICY_NUMBER}`
const money = z.number().check(must((value) => value > 0 && value <= MAX_POLICY_NUMBER, MONEY))

/** What may be used in a time. */
export const limits = closedObject(
  {},
  {
    requests_per_minute: count,
    tokens_per_minute: count,
    requests_in_flight: count,
    tokens_per_day: count,
    tokens_per_month: count,
    money_per_day: money,
    money_per_month: money,
  },
)

/** Addresses that may use a key. */
export const ipRanges = someOf(
  textThat(
    isAddressRange,
    'an address or a range like 192.0.2.0/24 or 2001:db8::/32, with no bits behind the prefix',
  ),
)

/** Regions that a key may not leave. */
export const regions = someOf(z.enum(REGIONS, `one of ${REGIONS.join(', ')}`))

/** What a session token may use in its life. */
export const budget = closedObject({}, { requests: count, tokens: count })

/** Members that are no parameters: they carry the question, or are frozen under names of their own. */
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

const SCALAR = 'a text, a number up to 2^53, true, false or null'
const scalar = z.unknown().check(must(isScalar, SCALAR), rule(isExact, SCALAR)) as z.ZodMiniType<
  string | number | boolean | null
>

const parameters = recordOf(scalar).check(
  rule(
    (value) => Object.keys(value).length <= MAX_FROZEN_PARAMETERS,
    `at most ${MAX_FROZEN_PARAMETERS} parameters`,
  ),
  rule(
    (value) =>
      Object.keys(value).every((name) => /^[a-z]\w{0,63}$/i.test(name) && !NO_PARAMETERS.includes(name)),
    `names of parameters, and none of ${NO_PARAMETERS.join(', ')}`,
  ),
)

/** What a session token fixes; all of it must fit into the token. */
export const frozen = closedObject(
  {},
  {
    model: modelName,
    system: textThat(
      (value) => value !== '' && value.length <= MAX_TOKEN_CHARACTERS,
      `a text of 1 to ${MAX_TOKEN_CHARACTERS} characters`,
    ),
    parameters,
  },
)

const hostname = textThat(
  (value) => /^(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(value),
  'the name of a host in small letters like app.example, without scheme, port and "*"',
)

const turnstile = closedObject(
  { hostnames: someOf(hostname) },
  {
    action: textThat(
      (value) => /^[\w-]{1,32}$/.test(value),
      '1 to 32 letters, digits, underscores or hyphens',
    ),
  },
)

/** Who may get a session token without the key. */
export const mint = closedObject(
  {},
  {
    turnstile,
    issuers: someOf(textThat((value) => /^[\w-]{1,40}$/.test(value), 'the name of an issuer in JWT_ISSUERS')),
    budget,
    frozen,
  },
)

/** Beyond 2^53 a number is not the one that was written. */
function isExact(value: unknown): boolean {
  return typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== 'object'
}
