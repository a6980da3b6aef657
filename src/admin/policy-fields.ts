import * as z from 'zod/mini'
import { isAddressRange } from '../access/ip.ts'
import { MAX_FROZEN_PARAMETERS, MAX_POLICY_NUMBER, MAX_TOKEN_CHARACTERS } from '../constants.ts'
import { REGIONS } from '../dashscope/regions.ts'
import { count, modelName, onlyFields, someOf, textThat } from './fields.ts'

const optionalCount = z.exactOptional(count)
const off = z.exactOptional(z.literal(false, 'false, or no such field'))

const NO_MEDIA = `a whole number from 0 to ${MAX_POLICY_NUMBER}`
const countOrNone = z.exactOptional(
  z.int(NO_MEDIA).check(z.gte(0, NO_MEDIA), z.lte(MAX_POLICY_NUMBER, NO_MEDIA)),
)

/** What one request may ask for; 0 media parts is a key for text. */
export const caps = onlyFields({
  max_tokens: optionalCount,
  n: optionalCount,
  thinking_budget: optionalCount,
  enable_thinking: off,
  enable_search: off,
  tools: off,
  media_parts: countOrNone,
  media_bytes: countOrNone,
})

const MONEY = `a number above 0 and at most ${MAX_POLICY_NUMBER}`
const money = z.exactOptional(z.number().check(z.gt(0, MONEY), z.lte(MAX_POLICY_NUMBER, MONEY)))

/** What may be used in a time. */
export const limits = onlyFields({
  requests_per_minute: optionalCount,
  tokens_per_minute: optionalCount,
  requests_in_flight: optionalCount,
  tokens_per_day: optionalCount,
  tokens_per_month: optionalCount,
  money_per_day: money,
  money_per_month: money,
})

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
export const budget = onlyFields({ requests: optionalCount, tokens: optionalCount })

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
const scalar = z.union(
  [z.string(), z.number().check(z.refine(isExact, SCALAR)), z.boolean(), z.null()],
  SCALAR,
)

const parameters = z.record(z.string(), scalar).check(
  z.refine(
    (value) => Object.keys(value).length <= MAX_FROZEN_PARAMETERS,
    `at most ${MAX_FROZEN_PARAMETERS} parameters`,
  ),
  z.refine(
    (value) =>
      Object.keys(value).every((name) => /^[a-z]\w{0,63}$/i.test(name) && !NO_PARAMETERS.includes(name)),
    `names of parameters, and none of ${NO_PARAMETERS.join(', ')}`,
  ),
)

/** What a session token fixes; all of it must fit into the token. */
export const frozen = onlyFields({
  model: z.exactOptional(modelName),
  system: z.exactOptional(
    textThat(
      (value) => value !== '' && value.length <= MAX_TOKEN_CHARACTERS,
      `a text of 1 to ${MAX_TOKEN_CHARACTERS} characters`,
    ),
  ),
  parameters: z.exactOptional(parameters),
})

const hostname = textThat(
  (value) => /^(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(value),
  'the name of a host in small letters like app.example, without scheme, port and "*"',
)

const turnstile = onlyFields({
  hostnames: someOf(hostname),
  action: z.exactOptional(
    textThat((value) => /^[\w-]{1,32}$/.test(value), '1 to 32 letters, digits, underscores or hyphens'),
  ),
})

/** Who may get a session token without the key. */
export const mint = onlyFields({
  turnstile: z.exactOptional(turnstile),
  issuers: z.exactOptional(
    someOf(textThat((value) => /^[\w-]{1,40}$/.test(value), 'the name of an issuer in JWT_ISSUERS')),
  ),
  budget: z.exactOptional(budget),
  frozen: z.exactOptional(frozen),
})

/** Beyond 2^53 a number is not the one that was written. */
function isExact(value: number): boolean {
  return Math.abs(value) <= Number.MAX_SAFE_INTEGER
}
