import { fromBase64 } from '../../lib/base64.ts'
import { equalBytes, hmac } from '../../lib/hmac.ts'
import { INVALID, isRecent, type SignedRequest, type Verified, wholeNumberIn } from './verified.ts'

/** DingTalk, "receive messages": refuse a timestamp that differs from now by more than an hour. */
const TOLERANCE_SECONDS = 3600

/**
 * DingTalk: `sign` = base64(HMAC-SHA256(appSecret, timestamp + "\n" + appSecret)). The body is not signed, so only
 * TLS and the deduplication by `msgId` protect its content.
 */
export async function verifyDingtalk(
  { header, body }: SignedRequest,
  { app_secret }: { app_secret: string },
  nowMs: number,
): Promise<Verified> {
  const timestamp = header('timestamp')
  const milliseconds = wholeNumberIn(timestamp)
  const signature = fromBase64(header('sign') ?? '')
  if (milliseconds === undefined || !isRecent(milliseconds, nowMs, TOLERANCE_SECONDS)) return INVALID
  const expected = await hmac('SHA-256', app_secret, `${timestamp}\n${app_secret}`)
  return signature && equalBytes(signature, expected) ? { kind: 'event', body } : INVALID
}
