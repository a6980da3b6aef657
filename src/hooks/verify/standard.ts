import { fromBase64 } from '../../lib/encoding.ts'
import { concat, equalBytes, hmac } from '../../lib/hmac.ts'
import { INVALID, isRecent, type SignedRequest, type Verified, wholeNumberIn } from './verified.ts'

/** Standard Webhooks: the reference libraries allow five minutes in both directions. */
const TOLERANCE_SECONDS = 300

/** A header with several signatures is a rotation; more than a few is an attempt to make us compute. */
const MAX_SIGNATURES = 8

/**
 * Standard Webhooks, as sent by Svix, OpenAI, Replicate, GitLab and this gateway: `v1,<base64 of HMAC-SHA256>` over
 * `id.timestamp.body`.
 *
 * @param secret `whsec_` and base64; without the prefix the same.
 */
export async function verifyStandard(
  { header, body }: SignedRequest,
  { secret }: { secret: string },
  nowMs: number,
): Promise<Verified> {
  const prefix = header('webhook-id') === undefined ? 'svix' : 'webhook'
  const id = header(`${prefix}-id`)
  const timestamp = header(`${prefix}-timestamp`)
  const signatures = (header(`${prefix}-signature`) ?? '').split(' ')
  const seconds = wholeNumberIn(timestamp)
  const key = fromBase64(secret.replace(/^whsec_/, ''))
  if (!id || seconds === undefined || !isRecent(1000 * seconds, nowMs, TOLERANCE_SECONDS)) return INVALID
  if (!key || key.byteLength === 0 || signatures.length > MAX_SIGNATURES) return INVALID
  const expected = await hmac('SHA-256', key, concat(`${id}.${timestamp}.`, body))
  const isGood = signatures.some((signature) => {
    const [version, value = ''] = signature.split(/,(.*)/s)
    const bytes = version === 'v1' ? fromBase64(value) : undefined
    return bytes !== undefined && equalBytes(bytes, expected)
  })
  return isGood && !signatures.some((signature) => signature.endsWith(','))
    ? { kind: 'event', body }
    : INVALID
}
