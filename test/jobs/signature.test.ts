import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { describe, expect, it } from 'vitest'
import { makeSecret, signMessage, verifyMessage } from '../../src/jobs/signature.ts'
import { bytesOf } from '../../src/lib/json/utf8.ts'

/** The reference vector of the specification's libraries, one with UTF-8, and GitLab's. */
const VECTORS = [
  {
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    ts: '1614265330',
    body: '{"test": 2432232314}',
    sig: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
  {
    secret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    id: 'msg_01',
    ts: '1795824000',
    body: '{"type":"job.succeeded","timestamp":"2026-11-28T00:00:00Z","data":{"id":"job_01","text":"你好"}}',
    sig: 'v1,Vv+UEFxkBRrqqzzwBaJgEiohWh/BNVieCaqK2ExCQ9s=',
  },
  {
    secret: 'whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=',
    id: 'f5e5f430-f57b-4e6e-9fac-d9128cd7232f',
    ts: '1795824000',
    body: '{"object_kind":"note"}',
    sig: 'v1,v51CwCNKDbIB0mUq6UEW+mpbGNofaThY50DVZlzAJFY=',
  },
]

type Vector = (typeof VECTORS)[number]

function verify(vector: Vector, nowMs = Number(vector.ts) * 1000): Promise<boolean> {
  const headers = { id: vector.id, timestamp: vector.ts, signature: vector.sig }
  return verifyMessage([vector.secret], headers, bytesOf(vector.body), nowMs)
}

describe('test 1: signatures of Standard Webhooks', () => {
  it.each(VECTORS)('The vector $id is signed as published.', async ({ secret, id, ts, body, sig }) => {
    const headers = await signMessage([secret], { id, body: bytesOf(body) }, Number(ts) * 1000)
    expect(headers).toEqual({ 'webhook-id': id, 'webhook-timestamp': ts, 'webhook-signature': sig })
  })

  it.each(VECTORS)('The vector $id is accepted.', async (vector) => {
    expect(await verify(vector)).toBe(true)
  })

  it.each(VECTORS)('The vector $id is refused when one bit of any part is changed.', async (vector) => {
    const changed: Partial<Vector>[] = [
      { body: vector.body.replace('"', "'") },
      { body: `${vector.body} ` },
      { ts: String(Number(vector.ts) ^ 1) },
      { id: `${vector.id}0` },
      { sig: vector.sig.replace(/.(?=.{4}$)/, (letter) => (letter === 'A' ? 'B' : 'A')) },
      { secret: vector.secret.replace(/_./, (start) => (start === '_A' ? '_B' : '_A')) },
    ]
    for (const part of changed) {
      const nowMs = Number(vector.ts) * 1000
      expect(await verify({ ...vector, ...part }, nowMs), JSON.stringify(part)).toBe(false)
    }
  })

  it.each([
    ['an empty one', ''],
    ['one without a version', 'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
    ['a short one', 'v1,g0hM'],
    ['one that is not base64', 'v1,***'],
    ['one that is not ASCII', 'v1,签名'],
    ['an asymmetric one', 'v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
    ['two empty ones', 'v1, v1,'],
  ])('A signature header is refused without an exception if it is %s', async (_, sig) => {
    expect(await verify({ ...(VECTORS[0] as Vector), sig })).toBe(false)
  })

  it('A message is accepted for five minutes in both directions.', async () => {
    const vector = VECTORS[1] as Vector
    const sentMs = Number(vector.ts) * 1000
    expect(await verify(vector, sentMs + 300_000)).toBe(true)
    expect(await verify(vector, sentMs + 301_000)).toBe(false)
    expect(await verify(vector, sentMs - 300_000)).toBe(true)
    expect(await verify(vector, sentMs - 301_000)).toBe(false)
  })

  it('Raw bytes are verified, even if they are not UTF-8.', async () => {
    const secret = makeSecret()
    const body = new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])
    const nowMs = 1_795_824_000_000
    const signed = await signMessage([secret], { id: 'msg_1', body }, nowMs)
    const headers = {
      id: signed['webhook-id'],
      timestamp: signed['webhook-timestamp'],
      signature: signed['webhook-signature'],
    }
    expect(await verifyMessage([secret], headers, body, nowMs)).toBe(true)
    const replaced = bytesOf(new TextDecoder().decode(body))
    expect(await verifyMessage([secret], headers, replaced, nowMs)).toBe(false)
  })
})

describe('test 7: rotation of secrets', () => {
  it('Both secrets sign, in the published order.', async () => {
    const second = 'whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA='
    const vector = VECTORS[1] as Vector
    const body = bytesOf(vector.body)
    const signed = await signMessage(
      [vector.secret, second],
      { id: vector.id, body },
      Number(vector.ts) * 1000,
    )
    expect(signed['webhook-signature']).toBe(
      'v1,Vv+UEFxkBRrqqzzwBaJgEiohWh/BNVieCaqK2ExCQ9s= v1,k9kIk0BuJ9+nU3J0vYQj6ugrC2E50neOUXfi/vsWwCY=',
    )
  })
})

describe('official verifiers', () => {
  it('The official verifiers accept what the gateway signs.', async () => {
    const secret = makeSecret()
    const body = '{"type":"edge.test","data":{"text":"你好"}}'
    const headers = { ...(await signMessage([secret], { id: 'msg_1', body: bytesOf(body) }, Date.now())) }
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body))
    expect(() => new SvixWebhook(secret).verify(body, headers)).not.toThrow()
    expect(() => new SvixWebhook(makeSecret()).verify(body, headers)).toThrow()
  })
})
