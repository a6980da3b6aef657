/// <reference path="./node-crypto.d.ts" />
import { createHmac, timingSafeEqual } from 'node:crypto'
import { jsonFromBase64url, toBase64url } from '../lib/base64url.ts'
import { CLOCK_TOLERANCE_SECONDS } from '../lib/calendar.ts'
import type { Budget, Frozen, KeyRecord } from '../policy/key-record.ts'
import { MAX_TOKEN_CHARACTERS } from '../policy/key-record.ts'
import { NO_GUESS, unauthenticated } from './credential.ts'
import type { TokenKeys } from './token-key.ts'

/** 96 bits of chance: two tokens never meet in one budget. */
export const TOKEN_ID_BYTES = 12

/** What session tokens begin with; secret scanners and people tell them from client keys by it. */
export const TOKEN_PREFIX = 'dst_'

const TOKEN = /^dst_([\w-]+)\.([\w-]{43})$/

/** Raised when the claims change their meaning: older tokens are refused from then on. */
const VERSION = 1

/** The part of a key that a token may use. */
export type Grant = Omit<KeyRecord, 'name' | 'created_at' | 'expires_at' | 'mint'>

/** What a session token says. Whoever holds it can read it: it is signed, not encrypted. */
export interface Claims {
  v: typeof VERSION
  /** Origin of the gateway that issued it; no other accepts it. */
  iss: string
  id: string
  /** Seconds since 1970. */
  iat: number
  /** Seconds since 1970; from then on it is refused. */
  exp: number
  user?: string
  key: Grant
  budget?: Budget
  frozen?: Frozen
}

/** A token that says this: `dst_`, the claims as base64url of JSON, a dot, and their HMAC-SHA-256. */
export function signToken(claims: Omit<Claims, 'v'>, keys: TokenKeys): string {
  const signed = TOKEN_PREFIX + toBase64url(JSON.stringify({ v: VERSION, ...claims }))
  return `${signed}.${signatureOf(signed, keys.current)}`
}

/**
 * What a token says, if a key of this deployment signed it; the algorithm is no choice of the token's. Whether it may be
 * used here and now is for {@link refuseMisplaced} to say.
 *
 * @throws GatewayError `unauthenticated` when it was made up, changed or cut short.
 */
export function readToken(token: string, keys: TokenKeys): Claims {
  const [, payload = '', signature = ''] =
    token.length <= MAX_TOKEN_CHARACTERS ? (TOKEN.exec(token) ?? []) : []
  const signed = TOKEN_PREFIX + payload
  const isOurs = keys.accepted.some((key) => equals(signature, signatureOf(signed, key)))
  const claims = isOurs ? jsonFromBase64url(payload) : undefined
  if (claims?.v !== VERSION) {
    throw unauthenticated(
      'The session token was not issued by this gateway, or was changed or cut short. Ask for a new one.',
    )
  }
  return claims as unknown as Claims
}

/**
 * Refuses a token at another gateway than its own and outside its time.
 *
 * @param origin the origin of this gateway as the caller reached it.
 * @throws GatewayError `unauthenticated` with the reason.
 */
export function refuseMisplaced({ iss, iat, exp }: Claims, origin: string, nowMs: number): void {
  if (iss !== origin) {
    throw unauthenticated(
      `The session token is for the gateway at ${iss}. Ask for one at the address that you use it with.`,
    )
  }
  if (nowMs >= 1000 * exp) {
    throw unauthenticated(
      `The session token expired at ${new Date(1000 * exp).toISOString()}. Ask for a new one.`,
      NO_GUESS,
    )
  }
  if (1000 * (iat - CLOCK_TOLERANCE_SECONDS) > nowMs) {
    throw unauthenticated('The session token comes from the future. Ask for a new one.')
  }
}

/** What a token says, read and checked as a whole: {@link readToken}, then {@link refuseMisplaced}. */
export function verifyToken(token: string, keys: TokenKeys, origin: string, nowMs: number): Claims {
  const claims = readToken(token, keys)
  refuseMisplaced(claims, origin, nowMs)
  return claims
}

function signatureOf(signed: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(signed).digest('base64url')
}

/** In constant time; texts and not bytes, so that a signature has one spelling only. */
function equals(given: string, expected: string): boolean {
  const encoder = new TextEncoder()
  return given.length === expected.length && timingSafeEqual(encoder.encode(given), encoder.encode(expected))
}
