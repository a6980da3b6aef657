import { fromHex } from '../../lib/hex.ts'
import { concat, equalBytes, hmac } from '../../lib/hmac.ts'
import { parseObject } from '../../lib/json/object.ts'
import { textOf } from '../../lib/json/utf8.ts'
import { INVALID, isRecent, type SignedRequest, type Verified, wholeNumberIn } from './verified.ts'

/** Slack, "Verifying requests": refuse requests older than five minutes; here also requests from the future. */
const TOLERANCE_SECONDS = 300

/** Slack: `v0=<hex HMAC-SHA256>` over `v0:timestamp:body`; the first request to a URL is a challenge. */
export async function verifySlack(
  { header, body }: SignedRequest,
  { signing_secret }: { signing_secret: string },
  nowMs: number,
): Promise<Verified> {
  const timestamp = header('x-slack-request-timestamp')
  const seconds = wholeNumberIn(timestamp)
  const [, digits] = /^v0=([0-9a-f]{64})$/.exec(header('x-slack-signature') ?? '') ?? []
  if (seconds === undefined || digits === undefined) return INVALID
  if (!isRecent(1000 * seconds, nowMs, TOLERANCE_SECONDS)) return INVALID
  const expected = await hmac('SHA-256', signing_secret, concat(`v0:${timestamp}:`, body))
  const signature = fromHex(digits)
  if (!signature || !equalBytes(signature, expected)) return INVALID
  const challenge = challengeIn(body)
  if (challenge === undefined) return { kind: 'event', body }
  return { kind: 'handshake', text: JSON.stringify({ challenge }), type: 'application/json' }
}

function challengeIn(body: Uint8Array): string | undefined {
  const text = textOf(body)
  if (!text.includes('url_verification')) return undefined
  const event = parseObject(text)
  if (event?.type !== 'url_verification') return undefined
  return typeof event.challenge === 'string' ? event.challenge : undefined
}
