/// <reference path="./node-crypto.d.ts" />
import { createHmac, timingSafeEqual } from 'node:crypto'
import { jsonFromBase64url, toBase64url } from '../lib/base64url.ts'
import { MAX_TOKEN_CHARACTERS } from '../policy/key-record.ts'
import type { TokenKeys } from './token-key.ts'

const SIGNATURE = /^[\w-]{43}$/

/**
 * Makes a signed text: the prefix, the claims as base64url of JSON, a dot, and the HMAC-SHA-256 of everything before.
 * The prefix is signed too, so that a token of one kind is never accepted as another kind.
 */
export function signClaims(prefix: string, claims: object, keys: TokenKeys): string {
  const signed = prefix + toBase64url(JSON.stringify(claims))
  return `${signed}.${signatureOf(signed, keys.current)}`
}

/**
 * Verifies and decodes the output of {@link signClaims}. The algorithm is fixed, not read from the text.
 *
 * @returns the claims; `undefined` if they were forged, changed, truncated, or signed with another prefix.
 */
export function readSignedClaims(
  prefix: string,
  text: string,
  keys: TokenKeys,
): Record<string, unknown> | undefined {
  const dot = text.lastIndexOf('.')
  const [signed, signature] = [text.slice(0, dot), text.slice(dot + 1)]
  if (text.length > MAX_TOKEN_CHARACTERS || !signed.startsWith(prefix) || !SIGNATURE.test(signature)) {
    return undefined
  }
  const payload = signed.slice(prefix.length)
  const isOurs = keys.accepted.some((key) => equals(signature, signatureOf(signed, key)))
  return isOurs ? jsonFromBase64url(payload) : undefined
}

function signatureOf(signed: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(signed).digest('base64url')
}

/**
 * Compares in constant time. It compares base64url and not bytes, so that only the canonical encoding of a signature
 * is accepted.
 */
function equals(given: string, expected: string): boolean {
  const encoder = new TextEncoder()
  return given.length === expected.length && timingSafeEqual(encoder.encode(given), encoder.encode(expected))
}
