import { fromHex } from '../../lib/hex.ts'
import { equalBytes, hmac } from '../../lib/hmac.ts'
import { INVALID, type SignedRequest, type Verified } from './verified.ts'

/**
 * GitHub: `X-Hub-Signature-256: sha256=<hex HMAC-SHA256>` over the body. The time and the delivery id are not signed,
 * so only the deduplication by body hash prevents replays.
 */
export async function verifyGithub(
  { header, body }: SignedRequest,
  { secret }: { secret: string },
): Promise<Verified> {
  const [, digits] = /^sha256=([0-9a-f]{64})$/.exec(header('x-hub-signature-256') ?? '') ?? []
  const signature = digits === undefined ? undefined : fromHex(digits)
  const isGood = signature !== undefined && equalBytes(signature, await hmac('SHA-256', secret, body))
  return isGood ? { kind: 'event', body } : INVALID
}
