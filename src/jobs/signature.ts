import { fromBase64, toBase64 } from '../lib/base64.ts'
import { bytesOf } from '../lib/json/utf8.ts'

/**
 * Standard Webhooks signatures (standard-webhooks specification, "Signature scheme"): HMAC-SHA256 over
 * `id.timestamp.body`, with the bytes after `whsec_` as the key. GitLab, Svix, OpenAI and Replicate sign the same
 * way.
 */

/** The prefix of a signing secret; the rest is base64. */
export const SECRET_PREFIX = 'whsec_'

/** The specification asks for 24 to 64 random bytes. */
const SECRET_BYTES = 32

/** The reference libraries accept five minutes in both directions. */
export const TOLERANCE_SECONDS = 300

/**
 * The maximum number of signatures to compare: a sender has two during a rotation, a hostile header may have
 * thousands.
 */
const MAX_SIGNATURES = 10

const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' }

/** The headers of a signed message. */
export interface SignedHeaders {
  'webhook-id': string
  'webhook-timestamp': string
  'webhook-signature': string
}

/** Creates a signing secret: `whsec_` and 32 random bytes in base64. */
export function makeSecret(): string {
  return SECRET_PREFIX + toBase64(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)))
}

/**
 * Signs a message with every valid secret, so that receivers can switch at any time during a rotation.
 *
 * @param secrets `whsec_…`, at least one; the first is the newest.
 * @param message `id` is the message's id, the same for every attempt; `body` the exact bytes that are sent.
 * @param nowMs the time of this attempt, in milliseconds.
 * @throws TypeError for an invalid secret.
 */
export async function signMessage(
  secrets: readonly string[],
  message: { id: string; body: Uint8Array },
  nowMs: number,
): Promise<SignedHeaders> {
  const timestamp = String(Math.floor(nowMs / 1000))
  const content = signedContent(message.id, timestamp, message.body)
  const signatures = await Promise.all(
    secrets.map(async (secret) => {
      const signature = await crypto.subtle.sign('HMAC', await importSecret(secret, 'sign'), content)
      return `v1,${toBase64(new Uint8Array(signature))}`
    }),
  )
  return {
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  }
}

/**
 * Verifies a Standard Webhooks message over its raw bytes; comparison is in constant time (WebCrypto).
 *
 * @param secrets `whsec_…`, or the bare base64; any of them may be the signing one.
 * @param headers the message's headers; missing ones are undefined.
 * @returns true only if one of the secrets signed the message within {@link TOLERANCE_SECONDS} of now.
 * @throws TypeError for a secret that is not base64: an error of the configuration, not of the message.
 */
export async function verifyMessage(
  secrets: readonly string[],
  headers: { id: string | undefined; timestamp: string | undefined; signature: string | undefined },
  body: Uint8Array,
  nowMs: number,
): Promise<boolean> {
  const { id, timestamp, signature } = headers
  if (!id || !timestamp || !signature || !/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(Math.floor(nowMs / 1000) - Number(timestamp)) > TOLERANCE_SECONDS) return false
  const given = signature
    .split(' ')
    .slice(0, MAX_SIGNATURES)
    .flatMap((entry) => (entry.startsWith('v1,') ? (fromBase64(entry.slice(3)) ?? []) : []))
  const content = signedContent(id, timestamp, body)
  for (const secret of secrets) {
    const key = await importSecret(secret, 'verify')
    for (const each of given) if (await crypto.subtle.verify('HMAC', key, each, content)) return true
  }
  return false
}

function signedContent(id: string, timestamp: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = bytesOf(`${id}.${timestamp}.`)
  const content = new Uint8Array(head.byteLength + body.byteLength)
  content.set(head)
  content.set(body, head.byteLength)
  return content
}

function importSecret(secret: string, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  const text = secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : secret
  const bytes = fromBase64(text)
  if (!bytes?.byteLength) throw new TypeError('A signing secret must be "whsec_" and base64.')
  return crypto.subtle.importKey('raw', bytes, ALGORITHM, false, [usage])
}
