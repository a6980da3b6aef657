import { equalTexts } from '../../lib/hmac.ts'
import { INVALID, type SignedRequest, type Verified } from './verified.ts'

/** A plain form: its secret is `?secret=` in the hook's address, which only the page's server knows. */
export async function verifyForm(
  { url, body }: SignedRequest,
  { secret }: { secret?: string },
): Promise<Verified> {
  const sent = url.searchParams.getAll('secret')
  if (secret === undefined || sent.length !== 1) return INVALID
  return (await equalTexts(sent[0] ?? '', secret)) ? { kind: 'event', body } : INVALID
}
