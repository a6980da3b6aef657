import { sign as signGithub, verify as verifyGithubSignature } from '@octokit/webhooks-methods'
import { decrypt, encrypt, getSignature } from '@wecom/crypto'
import OpenAI from 'openai'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { Webhook as SvixWebhook } from 'svix'
import { describe, expect, it } from 'vitest'
import {
  githubComment,
  gitlabNote,
  standardEvent,
  stripeEvent,
} from '../../../emulator/stand-ins/events/code-hosts.ts'
import type { OutgoingEvent } from '../../../emulator/stand-ins/events/event.ts'
import { wecomBotMessage, wecomMessage } from '../../../emulator/stand-ins/events/wecom.ts'
import { verify } from '../../../src/hooks/verify/verify.ts'
import { seal, xmlField } from '../../../src/hooks/verify/wecom.ts'
import { toHex } from '../../../src/lib/hex.ts'
import { hmac } from '../../../src/lib/hmac.ts'
import { bytesOf } from '../../../src/lib/json/utf8.ts'
import vectors from './vectors.json' with { type: 'json' }

const WHSEC = vectors.standard_utf8.secret
const BODY = '{"type":"test","text":"你好"}'
const WECOM = { token: 'tok', encoding_aes_key: vectors.wecom_official_sample.aeskey, corp_id: 'ww1' }

type Kind = Parameters<typeof verify>[0]['kind']

/** What our verifier says of a request that an official library signed. */
async function kindOf(
  kind: Kind,
  secrets: Record<string, string>,
  {
    headers = {},
    query = {},
    body = '',
  }: Partial<Omit<OutgoingEvent, 'body'>> & { body?: string | Uint8Array },
): Promise<string> {
  const url = new URL('https://gateway.example/')
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  const sent = new Headers(headers)
  const header = (name: string) => sent.get(name) ?? undefined
  const bytes = typeof body === 'string' ? bytesOf(body) : new Uint8Array(body)
  const request = { method: 'POST', url, header, body: bytes }
  const config = { turnstileSecret: undefined, turnstileVerifyUrl: '' }
  return (await verify({ kind, hmac: null, form: null }, secrets, request, Date.now(), config)).kind
}

describe('signatures of the official libraries', () => {
  it('The gateway accepts what standardwebhooks signs.', async () => {
    const now = new Date()
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': `${Math.floor(now.getTime() / 1000)}`,
      'webhook-signature': new Webhook(WHSEC).sign('msg_1', now, BODY),
    }
    expect(await kindOf('standard', { secret: WHSEC }, { headers, body: BODY })).toBe('event')
  })

  it('The gateway accepts what svix signs.', async () => {
    const now = new Date()
    const headers = {
      'svix-id': 'msg_1',
      'svix-timestamp': `${Math.floor(now.getTime() / 1000)}`,
      'svix-signature': new SvixWebhook(WHSEC).sign('msg_1', now, BODY),
    }
    expect(await kindOf('standard', { secret: WHSEC }, { headers, body: BODY })).toBe('event')
  })

  it('The gateway accepts what stripe signs.', async () => {
    const stripe = new Stripe('sk_test_x')
    const header = stripe.webhooks.generateTestHeaderString({ payload: BODY, secret: 'whsec_literal' })
    const headers = { 'stripe-signature': header }
    expect(await kindOf('stripe', { secret: 'whsec_literal' }, { headers, body: BODY })).toBe('event')
  })

  it('The gateway accepts what @octokit/webhooks-methods signs.', async () => {
    const headers = { 'x-hub-signature-256': await signGithub('a secret', BODY) }
    expect(await kindOf('github', { secret: 'a secret' }, { headers, body: BODY })).toBe('event')
  })

  it('The gateway accepts what @wecom/crypto signs.', async () => {
    const timestamp = '1795824000'
    const sealed = encrypt(WECOM.encoding_aes_key, '<xml><MsgType>text</MsgType></xml>', WECOM.corp_id)
    const msg_signature = getSignature(WECOM.token, timestamp, 'nonce1', sealed)
    const body = `<xml><Encrypt><![CDATA[${sealed}]]></Encrypt></xml>`
    const query = { msg_signature, timestamp, nonce: 'nonce1' }
    expect(await kindOf('wecom', WECOM, { query, body })).toBe('event')
  })
})

describe('signatures of the gateway and the stand-ins', () => {
  it('The libraries svix and openai accept them.', async () => {
    const { body, headers } = standardEvent(WHSEC, BODY)
    expect(() => new SvixWebhook(WHSEC).verify(body, headers)).not.toThrow()
    const { webhooks } = new OpenAI({ apiKey: 'sk-x' })
    await expect(webhooks.unwrap(body, headers, WHSEC)).resolves.toEqual(JSON.parse(BODY))
    const damaged = { ...headers, 'webhook-id': 'another' }
    await expect(webhooks.unwrap(body, damaged, WHSEC)).rejects.toThrow(/signature/)
  })

  it('The library standardwebhooks accepts them.', () => {
    for (const event of [standardEvent(WHSEC, BODY), gitlabNote(WHSEC, { text: 'hi' })]) {
      expect(() => new Webhook(WHSEC).verify(event.body, event.headers)).not.toThrow()
    }
  })

  it('The library stripe accepts them.', () => {
    const { body, headers } = stripeEvent('whsec_literal', '{"id":"evt_1","object":"event","type":"x"}')
    const event = new Stripe('sk_test_x').webhooks.constructEvent(
      body,
      headers['stripe-signature'] ?? '',
      'whsec_literal',
    )
    expect(event.id).toBe('evt_1')
  })

  it('The library @octokit/webhooks-methods accepts them.', async () => {
    const { body, headers } = githubComment('a secret', { text: 'hi' })
    expect(await verifyGithubSignature('a secret', body, headers['x-hub-signature-256'] ?? '')).toBe(true)
  })

  it('The library @wecom/crypto accepts sealed replies and the events of the stand-ins.', async () => {
    const random = bytesOf('0123456789abcdef')
    const place = { timestamp: '1795824000', nonce: 'nonce1', random }
    const secrets = {
      token: WECOM.token,
      encoding_aes_key: WECOM.encoding_aes_key,
      receive_id: WECOM.corp_id,
    }
    const sealed = await seal('<xml><Content>你好</Content></xml>', secrets, place)
    expect(getSignature(WECOM.token, place.timestamp, place.nonce, sealed.encrypt)).toBe(sealed.signature)
    expect(decrypt(WECOM.encoding_aes_key, sealed.encrypt)).toEqual({
      id: WECOM.corp_id,
      message: '<xml><Content>你好</Content></xml>',
      random: Buffer.from(random),
    })
    const app = xmlField(wecomMessage(WECOM, 'hi').body, 'Encrypt') ?? ''
    expect(decrypt(WECOM.encoding_aes_key, app).message).toContain('<![CDATA[hi]]>')
    const { token, encoding_aes_key } = WECOM
    const bot = JSON.parse(wecomBotMessage({ token, encoding_aes_key }, { text: 'hi' }).body).encrypt
    expect(decrypt(encoding_aes_key, bot)).toMatchObject({
      id: '',
      message: expect.stringContaining('@Bot hi'),
    })
  })
})

it('Acceptance test 1: A body that is not UTF-8 is verified by its bytes, not by the text that they decode to.', async () => {
  const signed = new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])
  const headers = { 'x-hub-signature-256': `sha256=${toHex(await hmac('SHA-256', 's', signed))}` }
  expect(await kindOf('github', { secret: 's' }, { headers, body: signed })).toBe('event')
  // Both decode to the same replacement characters.
  const other = new Uint8Array([0x7b, 0xfe, 0xff, 0x7d])
  expect(await kindOf('github', { secret: 's' }, { headers, body: other })).toBe('invalid')
})
