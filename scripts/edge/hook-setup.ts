import { CHINESE_KINDS, HOOK_KINDS, type HookKind } from '../../src/hooks/events/event.ts'

/** Where to enter the URL and the secrets of a hook, one line for each kind. */
const STEPS: Readonly<Record<HookKind, string>> = {
  github:
    'GitHub: Settings of the repository > Webhooks > Add webhook. Content type application/json, the secret, event "Issue comments".',
  gitlab:
    'GitLab: Settings of the project > Webhooks > Add new webhook. The signing token, trigger "Comments".',
  slack:
    'Slack: api.slack.com/apps > your app > Event Subscriptions. Subscribe to app_mention; scopes app_mentions:read and chat:write.',
  dingtalk:
    'DingTalk: open-dev.dingtalk.com > your app > Robot. Message receiving mode HTTP, then the message receiving address.',
  feishu:
    'Feishu: open.feishu.cn/app > your app > Events and callbacks. Set an Encrypt Key; event im.message.receive_v1.',
  lark: 'Lark: open.larksuite.com/app > your app > Events and callbacks. Set an Encrypt Key; event im.message.receive_v1.',
  wecom:
    'WeCom: work.weixin.qq.com > App management > your app > Receive messages > API. Token and EncodingAESKey.',
  'wecom-bot':
    'WeCom: work.weixin.qq.com > Management tools > AI bot > create in API mode. Token and EncodingAESKey.',
  stripe: 'Stripe: Dashboard > Developers > Webhooks > Add destination. Copy the signing secret.',
  standard: 'The sender: its settings for webhooks. Copy the signing secret, which begins with whsec_.',
  hmac: 'The sender: its settings for webhooks, with the secret that you gave.',
  form: 'The form: its action is the URL, with ?secret=… if the hook has a secret.',
  eventbridge:
    'EventBridge: eventbridge.console.aliyun.com > default bus > rule for acs.dashscope > target HTTPS, with the token.',
}

/**
 * The remaining steps after a hook was created.
 *
 * @param address the URL of the hook, which the platform calls.
 */
export function setupText(kind: string, address: string): string {
  const known = HOOK_KINDS.find((each) => each === kind)
  const steps = known === undefined ? '' : `\n\n${STEPS[known]}`
  const isUnreachable =
    known !== undefined && CHINESE_KINDS.includes(known) && new URL(address).hostname.endsWith('.workers.dev')
  const warning =
    '\n\nThis platform calls from mainland China, where workers.dev is blocked: add your own domain to the Worker first.'
  return `Enter this URL at the platform:\n\n  ${address}${steps}${isUnreachable ? warning : ''}`
}
