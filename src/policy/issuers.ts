import * as z from 'zod/mini'
import { GatewayError, misconfigured } from '../errors.ts'
import { once } from '../lib/once.ts'
import { closedObject } from '../lib/schema/closed-object.ts'
import { notEmpty, refine, refineMessage } from '../lib/schema/refine.ts'
import { validate } from './validate.ts'

/**
 * Algorithms for JWTs whose keys are public. Algorithms with a shared secret, and `none`, are excluded on purpose.
 */
export const JWT_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const

export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number]

/** An identity provider whose users may get session tokens. */
export interface Issuer {
  /** The name of the issuer in keys, and the prefix of its users' names. */
  name: string
  /** The claim `iss`, character for character. */
  issuer: string
  /** The URL of its key set (RFC 7517 section 5). */
  jwks: string
  /** The value that `aud` must equal or contain. */
  audience: string
  algorithms: JwtAlgorithm[]
}

const issuers = once(() => {
  const text = z.string().check(notEmpty('a non-empty string'))
  return z.array(
    closedObject({
      name: z
        .string()
        .check(
          refine((value) => /^[\w-]{1,40}$/.test(value), '1 to 40 letters, digits, underscores or hyphens'),
        ),
      issuer: text,
      jwks: z.string().check(refineMessage(isKeySetAddress, 'a URL that begins with https://')),
      audience: text,
      algorithms: z.array(z.enum(JWT_ALGORITHMS)).check(notEmpty('at least one algorithm')),
    }),
  )
})

/**
 * The trusted issuers of the variable JWT_ISSUERS, a JSON array like
 * `[{"name":"login","issuer":"https://login.example","jwks":"https://login.example/jwks.json","audience":"chat","algorithms":["RS256"]}]`.
 *
 * @throws GatewayError `internal`, naming the field and its required format.
 */
export function readIssuers(value: string | undefined): readonly Issuer[] {
  if (!value?.trim()) return []
  let list: unknown
  try {
    list = JSON.parse(value)
  } catch {
    // Invalid JSON is not a list either.
  }
  if (!Array.isArray(list)) throw misconfigured('JWT_ISSUERS', 'must be a JSON array of issuers')
  const read = validIssuers(list)
  const names = read.map(({ name }) => name)
  const twice = names.find((name, position) => names.indexOf(name) !== position)
  if (twice !== undefined)
    throw misconfigured('JWT_ISSUERS', `names two issuers "${twice}"; give each its own name`)
  return read
}

function validIssuers(list: unknown): Issuer[] {
  try {
    return validate(issuers(), list)
  } catch (cause) {
    const reason = cause instanceof GatewayError ? `. ${cause.message.replace(/\.$/, '')}` : ''
    throw misconfigured('JWT_ISSUERS', `is wrong${reason}`, cause)
  }
}

/** Over plain HTTP, anyone on the network could replace the keys, so it is allowed only for this machine. */
function isKeySetAddress(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, hostname } = new URL(value)
  return (
    protocol === 'https:' || (protocol === 'http:' && (hostname === '127.0.0.1' || hostname === 'localhost'))
  )
}
