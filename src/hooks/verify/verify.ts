import type { Config } from '../../config.ts'
import type { Hook, HookSecrets } from '../hook-record.ts'
import { verifyDingtalk } from './dingtalk.ts'
import { verifyFeishu } from './feishu.ts'
import { verifyForm } from './form.ts'
import { verifyGithub } from './github.ts'
import { verifyGitlab } from './gitlab.ts'
import { verifyHmac } from './hmac.ts'
import { verifySlack } from './slack.ts'
import { verifyStandard } from './standard.ts'
import { verifyStripe } from './stripe.ts'
import { INVALID, type SignedRequest, type Verified } from './verified.ts'
import { verifyWecom } from './wecom.ts'

/** Verifies the sender of a request by the scheme of the hook's kind; one line per platform. */
export async function verify(
  { kind, hmac, form }: Pick<Hook, 'kind' | 'hmac' | 'form'>,
  secrets: HookSecrets,
  request: SignedRequest,
  nowMs: number,
  config: Pick<Config, 'turnstileSecret' | 'turnstileVerifyUrl'>,
): Promise<Verified> {
  const secret = (name: string) => secrets[name] ?? ''
  if (request.method !== 'POST' && kind !== 'wecom' && kind !== 'wecom-bot') return INVALID
  switch (kind) {
    case 'github':
      return verifyGithub(request, { secret: secret('secret') })
    case 'gitlab':
      return verifyGitlab(request, secrets, nowMs)
    case 'slack':
      return verifySlack(request, { signing_secret: secret('signing_secret') }, nowMs)
    case 'dingtalk':
      return verifyDingtalk(request, { app_secret: secret('app_secret') }, nowMs)
    case 'feishu':
    case 'lark':
      return verifyFeishu(request, {
        encrypt_key: secret('encrypt_key'),
        verification_token: secret('verification_token'),
      })
    case 'wecom':
      return verifyWecom(request, wecomSecrets(secrets, secret('corp_id')), 'xml')
    case 'wecom-bot':
      return verifyWecom(request, wecomSecrets(secrets, ''), 'json')
    case 'stripe':
      return verifyStripe(request, { secret: secret('secret') }, nowMs)
    case 'standard':
      return verifyStandard(request, { secret: secret('secret') }, nowMs)
    case 'hmac':
      return hmac ? verifyHmac(request, { secret: secret('secret') }, hmac, nowMs) : INVALID
    case 'form':
      return verifyForm(request, secrets, form ?? null, config)
    case 'eventbridge':
      // EventBridge is verified separately, since it sends no events to answer.
      return INVALID
  }
}

/** The secrets of WeCom's callbacks; an AI bot has no receiver id. */
export function wecomSecrets(secrets: HookSecrets, receiveId: string) {
  return {
    token: secrets.token ?? '',
    encoding_aes_key: secrets.encoding_aes_key ?? '',
    receive_id: receiveId,
  }
}
