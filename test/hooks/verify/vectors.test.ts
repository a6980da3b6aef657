import { describe, expect, it } from 'vitest'
import { decrypt, feishuSignature, verifyFeishu } from '../../../src/hooks/verify/feishu.ts'
import type { SignedRequest } from '../../../src/hooks/verify/verified.ts'
import { seal, verifyWecom, xmlField } from '../../../src/hooks/verify/wecom.ts'
import { toHex } from '../../../src/lib/hex.ts'
import { bytesOf, textOf } from '../../../src/lib/json/utf8.ts'
import vectors from './vectors.json' with { type: 'json' }

const wecom = vectors.wecom_official_sample

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

  it('The challenge of Feishu is answered in plain and encrypted form, without a signature.', async () => {
    for (const body of [feishu_event.plain, feishu_event.body, feishu_event.spaced_body]) {
      expect(await verifyFeishu(post(body), feishu)).toEqual(challenge)
    }
  })

  it('A challenge of Feishu with another token is refused.', async () => {
    expect(await verifyFeishu(post(feishu_event.body), { ...feishu, verification_token: 'other' })).toEqual({
      kind: 'invalid',
    })
  })

  it('An event of Feishu is signed over its raw bytes, with and without a space.', async () => {
    const { ts, nonce, encrypt_key, body, sig, spaced_body, spaced_sig } = feishu_event
    const sign = async (text: string) => toHex(await feishuSignature(ts, nonce, encrypt_key, bytesOf(text)))
    expect([await sign(body), await sign(spaced_body)]).toEqual([sig, spaced_sig])
  })

  it('The official sample of Feishu is decrypted.', async () => {
    const { encrypt_key, encrypt, plain } = vectors.feishu_decrypt_official_sample
    expect(textOf(await decrypt(encrypt, encrypt_key))).toBe(plain)
  })

  it('The URL check of WeCom is answered with the exact plain text.', async () => {
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

  it('A reply to WeCom is sealed byte for byte like the vector.', async () => {
    const { random, plain, encrypt, sig, ts, nonce } = vectors.wecom_sealed_with_the_same_key
    const secrets = { token: wecom.token, encoding_aes_key: wecom.aeskey, receive_id: wecom.corp }
    const sealed = await seal(plain, secrets, { timestamp: ts, nonce, random: bytesOf(random) })
    expect(sealed).toEqual({ encrypt, signature: sig })
  })

  it('A message of WeCom is read from its envelope.', async () => {
    const url = new URL('https://gateway.example/')
    const { msg_signature, ts: timestamp, nonce } = wecom
    for (const [name, value] of Object.entries({ msg_signature, timestamp, nonce }))
      url.searchParams.set(name, value)
    const body = `<xml><Encrypt><![CDATA[${wecom.encrypt}]]></Encrypt></xml>`
    const secrets = { token: wecom.token, encoding_aes_key: wecom.aeskey, receive_id: wecom.receive_id }
    const verified = await verifyWecom({ ...post(body), url }, secrets, 'xml')
    expect(verified.kind === 'event' && textOf(verified.body)).toBe(wecom.xml)
    expect(xmlField(wecom.xml, 'Content')).toBe('hello')
    expect(xmlField(wecom.xml, 'AgentID')).toBe('218')
    expect(xmlField('<!DOCTYPE x [<!ENTITY a "b">]><x><Content>&a;</Content></x>', 'Content')).toBeUndefined()
  })
})
