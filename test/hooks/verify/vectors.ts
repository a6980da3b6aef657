import { feishuMessage } from '../../../emulator/stand-ins/events/feishu.ts'
import { wecomBotMessage } from '../../../emulator/stand-ins/events/wecom.ts'
import type { Hook } from '../../../src/hooks/hook-record.ts'
import published from './vectors.json' with { type: 'json' }

/** A signed request and the secrets of its receiver. Every part of it is damaged in turn. */
export interface Vector {
  name: string
  kind: Hook['kind']
  hmac: Hook['hmac']
  secrets: Record<string, string>
  /** The secret that signs, which is damaged too. */
  signedWith: string
  headers: Record<string, string>
  query: Record<string, string>
  body: string
  /** The clock of the receiver. */
  nowMs: number
  /** Whether the sender signs the body. */
  signsBody: boolean
  /** The key in the certificate of EventBridge. */
  spki?: string
}

const wecom = published.wecom_official_sample
const second = published.eventbridge_v2_own_key
const first = published['eventbridge_v1_same_key_secret_is_eb-secret-0123456789']

const none = { hmac: null, query: {}, signsBody: true, nowMs: 0 }

const standard = [published.standard_reference, published.standard_utf8, published.gitlab].map(
  ({ secret, id, ts, body, sig }, index): Vector => {
    const isGitlab = index === 2
    return {
      ...none,
      name: ['Standard Webhooks', 'Standard Webhooks in UTF-8', 'GitLab'][index] ?? '',
      kind: isGitlab ? 'gitlab' : 'standard',
      secrets: isGitlab ? { signing_token: secret } : { secret },
      signedWith: isGitlab ? 'signing_token' : 'secret',
      headers: { 'webhook-id': id, 'webhook-timestamp': ts, 'webhook-signature': sig },
      body,
      nowMs: 1000 * Number(ts),
    }
  },
)

/** Events of the stand-ins, for schemes without a published event. */
const feishu = { encrypt_key: 'a key of the tests', verification_token: 'token' }
const feishuEvent = feishuMessage(feishu, { text: 'hello' })
const bot = { token: wecom.token, encoding_aes_key: wecom.aeskey }
const botEvent = wecomBotMessage(bot, { text: 'hello' })

export const VECTORS: readonly Vector[] = [
  ...standard,
  {
    ...none,
    name: 'GitHub',
    kind: 'github',
    secrets: { secret: published.github.secret },
    signedWith: 'secret',
    headers: { 'x-hub-signature-256': published.github.sig },
    body: published.github.body,
  },
  {
    ...none,
    name: 'Slack',
    kind: 'slack',
    secrets: { signing_secret: published.slack.secret },
    signedWith: 'signing_secret',
    headers: { 'x-slack-request-timestamp': published.slack.ts, 'x-slack-signature': published.slack.sig },
    body: published.slack.body,
    nowMs: 1000 * Number(published.slack.ts),
  },
  {
    ...none,
    name: 'DingTalk',
    kind: 'dingtalk',
    secrets: { app_secret: published.dingtalk.secret },
    signedWith: 'app_secret',
    headers: { timestamp: published.dingtalk.ts, sign: published.dingtalk.sign },
    body: '{}',
    nowMs: Number(published.dingtalk.ts),
    signsBody: false,
  },
  {
    ...none,
    name: 'Stripe',
    kind: 'stripe',
    secrets: { secret: published.stripe_key_is_the_literal_text.secret },
    signedWith: 'secret',
    headers: { 'stripe-signature': published.stripe_key_is_the_literal_text.header },
    body: published.stripe_key_is_the_literal_text.body,
    nowMs: 1000 * Number(published.stripe_key_is_the_literal_text.ts),
  },
  {
    ...none,
    name: 'a described HMAC scheme',
    kind: 'hmac',
    hmac: {
      header: 'x-signature',
      algorithm: 'sha256',
      encoding: 'hex',
      prefix: 'sha256=',
      template: '{body}',
    },
    secrets: { secret: published.github.secret },
    signedWith: 'secret',
    headers: { 'x-signature': published.github.sig },
    body: published.github.body,
  },
  {
    ...none,
    name: 'Feishu',
    kind: 'feishu',
    secrets: feishu,
    signedWith: 'encrypt_key',
    headers: feishuEvent.headers,
    body: feishuEvent.body,
  },
  {
    ...none,
    name: 'WeCom',
    kind: 'wecom',
    secrets: { token: wecom.token, encoding_aes_key: wecom.aeskey, corp_id: wecom.receive_id },
    signedWith: 'token',
    headers: {},
    query: { msg_signature: wecom.msg_signature, timestamp: wecom.ts, nonce: wecom.nonce },
    body: `<xml><ToUserName><![CDATA[${wecom.corp}]]></ToUserName><Encrypt><![CDATA[${wecom.encrypt}]]></Encrypt></xml>`,
  },
  {
    ...none,
    name: 'a WeCom AI bot',
    kind: 'wecom-bot',
    secrets: bot,
    signedWith: 'token',
    headers: {},
    query: botEvent.query,
    body: botEvent.body,
  },
  {
    ...none,
    name: 'EventBridge',
    kind: 'eventbridge',
    secrets: { token: 'tok-123' },
    signedWith: 'token',
    headers: { ...second.headers, 'x-eventbridge-signature-v2': second['x-eventbridge-signature-v2'] },
    body: second.body,
    nowMs: 1_795_824_000_000,
    spki: second.spki,
  },
  {
    ...none,
    name: 'EventBridge in its first version',
    kind: 'eventbridge',
    secrets: { token: 'tok-123' },
    signedWith: 'token',
    headers: {
      ...first.headers,
      'x-eventbridge-signature-secret': first['x-eventbridge-signature-secret'],
      'x-eventbridge-signature': first['x-eventbridge-signature'],
    },
    body: second.body,
    nowMs: 1_795_824_000_000,
    spki: second.spki,
  },
]

/** The text with a letter or digit near its middle changed by one bit. */
export function damaged(text: string): string {
  const middle = Math.floor(text.length / 2)
  const at = middle + text.slice(middle).search(/[A-Za-z0-9]/)
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1)
}

/** Every vector that differs from the given one by one bit in one part, by the name of the part. */
export function damagedIn(vector: Vector): [part: string, vector: Vector][] {
  const { headers, query, secrets, signedWith } = vector
  const changes: [string, Vector][] = [
    ...Object.keys(headers)
      .filter((name) => name !== 'content-type')
      .map((name): [string, Vector] => [
        name,
        { ...vector, headers: { ...headers, [name]: damaged(headers[name] ?? '') } },
      ]),
    ...Object.keys(query).map((name): [string, Vector] => [
      name,
      { ...vector, query: { ...query, [name]: damaged(query[name] ?? '') } },
    ]),
    ['secret', { ...vector, secrets: { ...secrets, [signedWith]: damaged(secrets[signedWith] ?? '') } }],
  ]
  if (vector.signsBody) changes.push(['body', { ...vector, body: damaged(vector.body) }])
  return changes
}
