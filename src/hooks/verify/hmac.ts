import { fromBase64 } from '../../lib/base64.ts'
import { fromHex } from '../../lib/hex.ts'
import { concat, equalBytes, type HashName, hmac } from '../../lib/hmac.ts'
import { INVALID, isRecent, type SignedRequest, type Verified, wholeNumberIn } from './verified.ts'

/** The signature scheme of a sender. */
export interface HmacScheme {
  /** The header with the signature. */
  header: string
  algorithm: 'sha1' | 'sha256' | 'sha512'
  encoding: 'hex' | 'base64'
  /** Text before the signature in the header: `sha256=`. */
  prefix?: string
  /** The signed text: `{body}`, `{ts}.{body}`, … */
  template: string
  timestamp_header?: string
  /** A header that identifies the event; undefined: the hash of the body is used. */
  id_header?: string
  /** Seconds that the timestamp may differ from now. */
  tolerance?: number
}

const HASHES: Readonly<Record<HmacScheme['algorithm'], HashName>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha512: 'SHA-512',
}

/** Standard Webhooks, Slack and Stripe all use five minutes. */
const DEFAULT_TOLERANCE_SECONDS = 300

/** Verifies a sender by the scheme that the operator has configured. */
export async function verifyHmac(
  { header, body }: SignedRequest,
  { secret }: { secret: string },
  scheme: HmacScheme,
  nowMs: number,
): Promise<Verified> {
  const { prefix = '', tolerance = DEFAULT_TOLERANCE_SECONDS } = scheme
  const sent = header(scheme.header) ?? ''
  if (!sent.startsWith(prefix)) return INVALID
  const signature =
    scheme.encoding === 'hex' ? fromHex(sent.slice(prefix.length)) : fromBase64(sent.slice(prefix.length))
  const timestamp = scheme.timestamp_header === undefined ? '' : header(scheme.timestamp_header)
  if (scheme.timestamp_header !== undefined) {
    const moment = momentOf(wholeNumberIn(timestamp))
    if (moment === undefined || !isRecent(moment, nowMs, tolerance)) return INVALID
  }
  const signed = concat(
    ...scheme.template
      .split(/(\{body\}|\{ts\})/)
      .map((part) => (part === '{body}' ? body : part === '{ts}' ? (timestamp ?? '') : part)),
  )
  const expected = await hmac(HASHES[scheme.algorithm], secret, signed)
  return signature && equalBytes(signature, expected) ? { kind: 'event', body } : INVALID
}

/** Senders write seconds or milliseconds; until the year 2286, seconds have ten digits. */
function momentOf(timestamp: number | undefined): number | undefined {
  if (timestamp === undefined) return undefined
  return timestamp < 1e11 ? 1000 * timestamp : timestamp
}
