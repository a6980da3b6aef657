import { verifyMessage } from '../../jobs/signature.ts'
import { INVALID, type SignedRequest, type Verified } from './verified.ts'

/**
 * Standard Webhooks, as sent by Svix, OpenAI, Replicate, GitLab and this gateway: `v1,<base64 of HMAC-SHA256>` over
 * `id.timestamp.body`. Svix uses header names with its own prefix.
 *
 * @param secret base64, with or without `whsec_`. With any other text, verification fails.
 */
export async function verifyStandard(
  { header, body }: SignedRequest,
  { secret }: { secret: string },
  nowMs: number,
): Promise<Verified> {
  const prefix = header('webhook-id') === undefined ? 'svix' : 'webhook'
  const signature = header(`${prefix}-signature`)
  // A repeated header arrives joined by a comma and a space.
  if (signature?.includes(', ')) return INVALID
  const headers = { id: header(`${prefix}-id`), timestamp: header(`${prefix}-timestamp`), signature }
  const isGood = await verifyMessage([secret], headers, body, nowMs).catch(() => false)
  return isGood ? { kind: 'event', body } : INVALID
}
