import { fromHex } from '../../lib/hex.ts'
import { concat, equalBytes, hmac } from '../../lib/hmac.ts'
import { INVALID, isRecent, type SignedRequest, type Verified, wholeNumberIn } from './verified.ts'

/** Stripe's libraries allow five minutes. */
const TOLERANCE_SECONDS = 300

/** During a rotation there are two signatures; many more would be an attempt to waste CPU. */
const MAX_SIGNATURES = 8

/** Stripe: `Stripe-Signature: t=…,v1=…[,v1=…]`, hex HMAC-SHA256 over `t.body`; the key is the literal secret. */
export async function verifyStripe(
  { header, body }: SignedRequest,
  { secret }: { secret: string },
  nowMs: number,
): Promise<Verified> {
  const sent = header('stripe-signature') ?? ''
  if (sent.includes(', ')) return INVALID
  const fields = sent.split(',').map((field) => field.split('='))
  const times = fields.filter(([name]) => name === 't').map(([, value]) => value)
  const signatures = fields.filter(([name]) => name === 'v1').map(([, value = '']) => fromHex(value))
  const seconds = wholeNumberIn(times[0])
  if (times.length !== 1 || seconds === undefined || signatures.length > MAX_SIGNATURES) return INVALID
  if (!isRecent(1000 * seconds, nowMs, TOLERANCE_SECONDS)) return INVALID
  const expected = await hmac('SHA-256', secret, concat(`${times[0]}.`, body))
  const isGood = signatures.some((signature) => signature !== undefined && equalBytes(signature, expected))
  return isGood ? { kind: 'event', body } : INVALID
}
