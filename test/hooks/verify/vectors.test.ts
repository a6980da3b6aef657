import { describe, expect, it } from 'vitest'
import { verifyDingtalk } from '../../../src/hooks/verify/dingtalk.ts'
import { decrypt, verifyFeishu } from '../../../src/hooks/verify/feishu.ts'
import { verifyGithub } from '../../../src/hooks/verify/github.ts'
import { verifyGitlab } from '../../../src/hooks/verify/gitlab.ts'
import { verifyHmac } from '../../../src/hooks/verify/hmac.ts'
import { verifySlack } from '../../../src/hooks/verify/slack.ts'
import { verifyStandard } from '../../../src/hooks/verify/standard.ts'
import { verifyStripe } from '../../../src/hooks/verify/stripe.ts'
import type { SignedRequest, Verified } from '../../../src/hooks/verify/verified.ts'
import { seal, verifyWecom, xmlField } from '../../../src/hooks/verify/wecom.ts'
import { bytesOf, textOf } from '../../../src/lib/json/utf8.ts'
import vectors from './vectors.json' with { type: 'json' }

/** One vector: the parts of a request and a secret, of which each is damaged in turn. */
interface Vector {
  name: string
  headers: Record<string, string>
  query?: Record<string, string>
  body: string
  secret: string
  /** The clock of the receiver. */
  nowMs: number
  verify: (request: SignedRequest, secret: string, nowMs: number) => Promise<Verified>
  /** What the sender does not sign. */
  unsigned?: readonly string[]
}

const wecom = vectors.wecom_official_sample

const VECTORS: Vector[] = [
  ...[vectors.standard_reference, vectors.standard_utf8, vectors.gitlab].map(
    ({ secret, id, ts, body, sig }, index): Vector => ({
      name: ['Standard Webhooks', 'Standard Webhooks in UTF-8', 'GitLab'][index] ?? '',
      headers: { 'webhook-id': id, 'webhook-timestamp': ts, 'webhook-signature': sig },
      body,
      secret,
      nowMs: 1000 * Number(ts),
      verify:
        index === 2
          ? (request, signing_token, nowMs) => verifyGitlab(request, { signing_token }, nowMs)
          : (request, key, nowMs) => verifyStandard(request, { secret: key }, nowMs),
    }),
  ),
  {
    name: 'GitHub',
    headers: { 'x-hub-signature-256': vectors.github.sig },
    body: vectors.github.body,
    secret: vectors.github.secret,
    nowMs: 0,
    verify: (request, secret) => verifyGithub(request, { secret }),
  },
  {
    name: 'Slack',
    headers: { 'x-slack-request-timestamp': vectors.slack.ts, 'x-slack-signature': vectors.slack.sig },
    body: vectors.slack.body,
    secret: vectors.slack.secret,
    nowMs: 1000 * Number(vectors.slack.ts),
    verify: (request, signing_secret, nowMs) => verifySlack(request, { signing_secret }, nowMs),
  },
  {
    name: 'DingTalk',
    headers: { timestamp: vectors.dingtalk.ts, sign: vectors.dingtalk.sign },
    body: '{}',
    secret: vectors.dingtalk.secret,
    nowMs: Number(vectors.dingtalk.ts),
    verify: (request, app_secret, nowMs) => verifyDingtalk(request, { app_secret }, nowMs),
    unsigned: ['body'],
  },
  {
    name: 'Stripe',
    headers: { 'stripe-signature': vectors.stripe_key_is_the_literal_text.header },
    body: vectors.stripe_key_is_the_literal_text.body,
    secret: vectors.stripe_key_is_the_literal_text.secret,
    nowMs: 1000 * Number(vectors.stripe_key_is_the_literal_text.ts),
    verify: (request, secret, nowMs) => verifyStripe(request, { secret }, nowMs),
  },
  {
    name: 'a described HMAC scheme',
    headers: { 'x-signature': vectors.github.sig },
    body: vectors.github.body,
    secret: vectors.github.secret,
    nowMs: 0,
    verify: (request, secret, nowMs) =>
      verifyHmac(
        request,
        { secret },
        {
          header: 'x-signature',
          algorithm: 'sha256',
          encoding: 'hex',
          prefix: 'sha256=',
          template: '{body}',
        },
        nowMs,
      ),
  },
  {
    name: 'Feishu with a space in its JSON',
    headers: {
      'x-lark-request-timestamp': vectors.feishu_event.ts,
      'x-lark-request-nonce': vectors.feishu_event.nonce,
      'x-lark-signature': vectors.feishu_event.spaced_sig,
    },
    // A challenge identifies itself by its token, so the signature is checked on a body without a challenge.
    body: '{"encrypt": "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="}',
    secret: vectors.feishu_event.encrypt_key,
    nowMs: 0,
    verify: (request, encrypt_key) => verifyFeishu(request, { encrypt_key, verification_token: 'xxxxxx' }),
    unsigned: ['all'],
  },
  {
    name: 'WeCom',
    headers: {},
    query: { msg_signature: wecom.msg_signature, timestamp: wecom.ts, nonce: wecom.nonce },
    body: `<xml><ToUserName><![CDATA[${wecom.corp}]]></ToUserName><Encrypt><![CDATA[${wecom.encrypt}]]></Encrypt></xml>`,
    secret: wecom.token,
    nowMs: 0,
    verify: (request, token) =>
      verifyWecom(request, { token, encoding_aes_key: wecom.aeskey, receive_id: wecom.receive_id }, 'xml'),
    unsigned: ['body'],
  },
]

function requestOf(vector: Vector): SignedRequest {
  const url = new URL('https://gateway.example/edge/hooks/hk_1/in')
  for (const [name, value] of Object.entries(vector.query ?? {})) url.searchParams.set(name, value)
  const headers = new Headers(vector.headers)
  return { method: 'POST', url, header: (name) => headers.get(name) ?? undefined, body: bytesOf(vector.body) }
}

/** The text with a letter or digit near its middle changed by one bit. */
function damaged(text: string): string {
  const middle = Math.floor(text.length / 2)
  const at = middle + text.slice(middle).search(/[A-Za-z0-9]/)
  return text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1)
}

const kindOf = async (vector: Vector) =>
  (await vector.verify(requestOf(vector), vector.secret, vector.nowMs)).kind

describe('Acceptance test 1: the vectors of each platform', () => {
  const signed = VECTORS.filter(({ unsigned }) => !unsigned?.includes('all'))

  it.each(signed)('accepts what $name signed', async (vector) => {
    expect(await kindOf(vector)).toBe('event')
  })

  it.each(signed)('refuses what $name signed with one bit changed', async (vector) => {
    const changes: [string, Vector][] = [
      ...Object.keys(vector.headers).map((name): [string, Vector] => [
        name,
        { ...vector, headers: { ...vector.headers, [name]: damaged(vector.headers[name] ?? '') } },
      ]),
      ...Object.keys(vector.query ?? {}).map((name): [string, Vector] => [
        name,
        { ...vector, query: { ...vector.query, [name]: damaged(vector.query?.[name] ?? '') } },
      ]),
      ['secret', { ...vector, secret: damaged(vector.secret) }],
    ]
    if (!vector.unsigned?.includes('body')) changes.push(['body', { ...vector, body: damaged(vector.body) }])
    const kinds = await Promise.all(changes.map(async ([part, change]) => [part, await kindOf(change)]))
    expect(kinds).toEqual(changes.map(([part]) => [part, 'invalid']))
  })

  it.each(signed)(
    'refuses a signature of $name that is empty, short, doubled or not ASCII',
    async (vector) => {
      const name = Object.keys(vector.headers).find((header) => /sign/.test(header))
      const query = vector.query && 'msg_signature'
      const values = (sent: string) => ['', sent.slice(0, -2), `${sent}, ${sent}`, `${sent}é`]
      const variants = name
        ? values(vector.headers[name] ?? '').map((value) => ({
            ...vector,
            headers: { ...vector.headers, [name]: value },
          }))
        : values(vector.query?.[query ?? ''] ?? '').map((value) => ({
            ...vector,
            query: { ...vector.query, msg_signature: value },
          }))
      expect(await Promise.all(variants.map(kindOf))).toEqual(['invalid', 'invalid', 'invalid', 'invalid'])
    },
  )

  it('refuses a Standard Webhooks message that is five minutes and a second old or early', async () => {
    const [vector] = VECTORS as [Vector]
    for (const seconds of [-301, 301]) {
      expect(await kindOf({ ...vector, nowMs: vector.nowMs + 1000 * seconds })).toBe('invalid')
    }
    expect(await kindOf({ ...vector, nowMs: vector.nowMs + 300_000 })).toBe('event')
  })

  it('accepts either signature during a rotation', async () => {
    const [, vector] = VECTORS as [Vector, Vector]
    const both = vectors.standard_rotation_header_second_secret_is_bytes_1_to_32
    const second = `whsec_${btoa(String.fromCharCode(...Array.from({ length: 32 }, (_, index) => index + 1)))}`
    const rotated = { ...vector, headers: { ...vector.headers, 'webhook-signature': both } }
    expect(await kindOf(rotated)).toBe('event')
    expect(await kindOf({ ...rotated, secret: second })).toBe('event')
  })
})

describe('Acceptance test 2: handshakes', () => {
  const { feishu_event } = vectors
  const feishu = { encrypt_key: feishu_event.encrypt_key, verification_token: 'xxxxxx' }
  const challenge = { kind: 'handshake', text: '{"challenge":"ajls384kdjx98XX"}', type: 'application/json' }
  const post = (body: string): SignedRequest => ({
    method: 'POST',
    url: new URL('https://gateway.example/'),
    header: () => undefined,
    body: bytesOf(body),
  })

  it('answers the challenge of Feishu in plain and encrypted form, without a signature', async () => {
    for (const body of [feishu_event.plain, feishu_event.body, feishu_event.spaced_body]) {
      expect(await verifyFeishu(post(body), feishu)).toEqual(challenge)
    }
  })

  it('refuses a challenge of Feishu with another token', async () => {
    expect(await verifyFeishu(post(feishu_event.body), { ...feishu, verification_token: 'other' })).toEqual({
      kind: 'invalid',
    })
  })

  it('decrypts the official sample of Feishu', async () => {
    const { encrypt_key, encrypt, plain } = vectors.feishu_decrypt_official_sample
    expect(textOf(await decrypt(encrypt, encrypt_key))).toBe(plain)
  })

  it('answers the address check of WeCom with the exact plain text', async () => {
    const secrets = { token: wecom.token, encoding_aes_key: wecom.aeskey, receive_id: wecom.receive_id }
    const random = bytesOf('0123456789abcdef')
    const { encrypt, signature } = await seal('8521', secrets, { timestamp: '1', nonce: '2', random })
    const url = new URL('https://gateway.example/')
    for (const [name, value] of Object.entries({
      msg_signature: signature,
      timestamp: '1',
      nonce: '2',
      echostr: encrypt,
    }))
      url.searchParams.set(name, value)
    const request = { method: 'GET', url, header: () => undefined, body: bytesOf('') }
    expect(await verifyWecom(request, secrets, 'xml')).toEqual({
      kind: 'handshake',
      text: '8521',
      type: 'text/plain',
    })
    url.searchParams.delete('echostr')
    expect(await verifyWecom(request, secrets, 'xml')).toEqual({ kind: 'malformed' })
  })

  it('seals a reply to WeCom byte for byte as the vector', async () => {
    const { random, plain, encrypt, sig, ts, nonce } = vectors.wecom_sealed_with_the_same_key
    const secrets = { token: wecom.token, encoding_aes_key: wecom.aeskey, receive_id: wecom.corp }
    const sealed = await seal(plain, secrets, { timestamp: ts, nonce, random: bytesOf(random) })
    expect(sealed).toEqual({ encrypt, signature: sig })
  })

  it('reads a message of WeCom out of its envelope', async () => {
    const vector = VECTORS.find(({ name }) => name === 'WeCom') as Vector
    const verified = await vector.verify(requestOf(vector), vector.secret, 0)
    expect(verified.kind === 'event' && textOf(verified.body)).toBe(wecom.xml)
    expect(xmlField(wecom.xml, 'Content')).toBe('hello')
    expect(xmlField(wecom.xml, 'AgentID')).toBe('218')
    expect(xmlField('<!DOCTYPE x [<!ENTITY a "b">]><x><Content>&a;</Content></x>', 'Content')).toBeUndefined()
  })
})
