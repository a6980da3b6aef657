import { equalTexts } from '../../lib/hmac.ts'
import { verifyStandard } from './standard.ts'
import { INVALID, type SignedRequest, type Verified } from './verified.ts'

/**
 * GitLab: Standard Webhooks with a signing token (since 2026), or the plain `X-Gitlab-Token` of older versions. A
 * hook with a signing token accepts nothing else, since a plain token can be copied from any request.
 */
export async function verifyGitlab(
  request: SignedRequest,
  { signing_token, secret_token }: { signing_token?: string; secret_token?: string },
  nowMs: number,
): Promise<Verified> {
  if (signing_token !== undefined) return verifyStandard(request, { secret: signing_token }, nowMs)
  const token = request.header('x-gitlab-token')
  if (secret_token === undefined || token === undefined) return INVALID
  return (await equalTexts(token, secret_token)) ? { kind: 'event', body: request.body } : INVALID
}
