import { createSign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { taskEndedIn } from '../../src/jobs/eventbridge.ts'
import { publicKeyIn, verifyEventBridge } from '../../src/jobs/eventbridge-signature.ts'
import { fromBase64 } from '../../src/lib/base64.ts'
import { bytesOf } from '../../src/lib/json/utf8.ts'
import { selfSigned } from './self-signed.ts'

/** The published pair: the key stands in for a certificate. */
const URL = 'https://gateway.example/edge/hooks/eventbridge'
const HEADERS: Record<string, string> = {
  'x-eventbridge-signature-timestamp': '1795824000000',
  'x-eventbridge-hash-method': 'SHA256',
  'x-eventbridge-signature-version': '1.0',
  'x-eventbridge-signature-url': 'https://cn-beijing-eventbridge.oss-accelerate.aliyuncs.com/test.pem',
  'x-eventbridge-signature-token': 'tok-123',
  'x-eventbridge-signature-v2':
    'G6eb4avEIox18TA0S+4qHA5VR2VTVBZQx8COVYVdsQVeUSRF5C1Kx/ciaYOfmvNMV7K63t2FVIqFyfCgwfy6eWp119+XGW5aJIEzdBqBHBeGblR3MUYRBUdPeCIjv5AGi+YWgpQ+7wP37wckD37WVm3DCQXRSi1KZXFcfO4rcAiCR3M36Zpnftt4CQ7LSQiQs3jmvYLHqfOXIErexu9XqeLzFu1PmS3cU1N8VOEt1uyh+sdlEU2YsmPvbLfoC6lYdZ1cqTdFHhKCP0RbIg2YVepM7cPLNUa3Sv7GK5iVrpI2E8iZda3efzAGgIqcdXQZM5cEjPqEC6sw9ximciqRcA==',
}
const BODY =
  '{"id":"45ef4dewdwe1-7c35-447a-bd93-fab****","source":"acs.dashscope","specversion":"1.0","type":"dashscope:System:AsyncTaskFinish","data":{"task_id":"0385dc79-5ff8-4d82-bcb6-xxxxxx","task_status":"SUCCEEDED"}}'
const SPKI =
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAynxL3DhZpolUMhKeMqEVp0yIJvTxHpR6oaPqYrrHCyULjke9CdVmJjP6/ti/ujswm1qPw/rJhATZft0ILYCrabFLQ2uVLwSFldRFc6Qub2PdhTgcOVOGeA2LNwAzdnHvVAjCrt4ALfYR+jCrBKLmXskyiQdMiQ8/wVDWGgZmq5F+/durltwyIBABHR5ZBCrgA/miQeX8nG+GURmpq6CC+c7h3z1OXSVJjE91776uu8+DngnvdUkAX9fWV/SQg8MnwRF0VX5Hi2vtgWlyAOQoUXJNvfERPG5yS0i8Csei3OsaVFA2dNR5meqAqAet6hCdsWOom0fwHd3Ens5YjQmW/wIDAQAB'
const NOW_MS = 1_795_824_000_000

const loadKey = async () => fromBase64(SPKI)

function verify(
  changes: { headers?: Record<string, string>; url?: string; body?: string; nowMs?: number } = {},
) {
  const { url = URL, body = BODY, nowMs = NOW_MS } = changes
  const headers = new Map(Object.entries({ ...HEADERS, ...changes.headers }))
  return verifyEventBridge(url, headers, bytesOf(body), nowMs, loadKey)
}

describe("test 1: EventBridge's signature", () => {
  it('The signature of the published pair is accepted.', async () => {
    expect(await verify()).toBe(true)
  })

  it.each([
    ['another URL', { url: `${URL}/` }],
    ['another body', { body: BODY.replace('SUCCEEDED', 'FAILED') }],
    ['another token', { headers: { 'x-eventbridge-signature-token': 'tok-124' } }],
    ['a signature that is not base64', { headers: { 'x-eventbridge-signature-v2': '***' } }],
    [
      'another signature',
      { headers: { 'x-eventbridge-signature-v2': `H${HEADERS['x-eventbridge-signature-v2']?.slice(1)}` } },
    ],
    ['no signature', { headers: { 'x-eventbridge-signature-v2': '' } }],
    ['another hash', { headers: { 'x-eventbridge-hash-method': 'SHA1' } }],
    [
      "a certificate of the sender's own",
      { headers: { 'x-eventbridge-signature-url': 'https://evil.example/test.pem' } },
    ],
    [
      'a host that only begins like the right one',
      {
        headers: {
          'x-eventbridge-signature-url':
            'https://cn-beijing-eventbridge.oss-accelerate.aliyuncs.com.evil.example/a.pem',
        },
      },
    ],
    ['a time of two minutes ago', { nowMs: NOW_MS + 120_000 }],
    ['a time of two minutes ahead', { nowMs: NOW_MS - 120_000 }],
  ])('A signature with %s is refused.', async (_, changes) => {
    expect(await verify(changes)).toBe(false)
  })
})

/** The published pair of version 1, whose secret "eb-secret-0123456789" is signed with the same key. */
const FIRST: Record<string, string> = {
  'x-eventbridge-signature-timestamp': '1795824000000',
  'x-eventbridge-signature-method': 'HMAC-SHA1',
  'x-eventbridge-signature-version': '1.0',
  'x-eventbridge-signature-url': 'https://cn-beijing-eventbridge.oss-accelerate.aliyuncs.com/test.pem',
  'x-eventbridge-signature-token': 'tok-123',
  'x-eventbridge-signature-secret':
    'asTPld/yv31xgvKOTw/xlY9lJUZ6oB77PQdK58yOI3KVq5DA66BkwSlE2H3KXnjmF0d5yH4OdMTzTGI0DABN5rmnmt9S+MjrKBR6331MQ1vVOtFN0JlSMp8MTgZWA+0ugo5iDQxSRt+7RZ81oDFSGT/0XzTQIDJSrh4kWE0p8N2gQ3zS6IPR3ZbGVFoBXiXebOluMoGf2OkwRWbMTFnWisWIrt0y4P1dJCvpJW4xNBFo2RmMFdTMTbnp/VOicU8++cCnblQSSkvr+WMg/4k52Sm9tEm4zXW3tCWivjMbhal0BsvSpcWglz6IW6uBm68r8v3I4oA4XTv0QUZoAJWH6w==',
  'x-eventbridge-signature': 'fLajFN1A1NnRMknbuXeqzoai3vg=',
}

function verifyFirst(changes: Record<string, string> = {}, body = BODY, url = URL, nowMs = NOW_MS) {
  const headers = new Map(Object.entries({ ...FIRST, ...changes }))
  return verifyEventBridge(url, headers, bytesOf(body), nowMs, loadKey)
}

describe("test 1: EventBridge's older signature", () => {
  it('The older signature of the published pair is accepted.', async () => {
    expect(await verifyFirst()).toBe(true)
  })

  it.each(Object.keys(FIRST))('The older signature is refused with one bit of %s changed.', async (name) => {
    const value = FIRST[name] ?? ''
    const middle = Math.floor(value.length / 2)
    const at = middle + value.slice(middle).search(/[A-Za-z0-9]/)
    const changed = value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) ^ 1) + value.slice(at + 1)
    expect(await verifyFirst({ [name]: changed })).toBe(false)
  })

  it.each([
    ['another body', {}, BODY.replace('SUCCEEDED', 'FAILED')],
    ['another URL', {}, BODY, `${URL}/`],
    ['a time of two minutes ago', {}, BODY, URL, NOW_MS + 120_000],
    ['a secret that is too short', { 'x-eventbridge-signature-secret': 'AAAA' }],
    ['no secret', { 'x-eventbridge-signature-secret': '' }],
    ['a second signature that is wrong', { 'x-eventbridge-signature-v2': 'AAAA' }],
  ] as [string, Record<string, string>, string?, string?, number?][])(
    'The older signature is refused with %s',
    async (_, ...changes) => {
      expect(await verifyFirst(...changes)).toBe(false)
    },
  )
})

describe('the certificate', () => {
  const { key, certificate } = selfSigned('test')

  it('The certificate gives the key that verifies what its owner signs, with and without a final line break.', async () => {
    const spki = publicKeyIn(certificate)
    expect(spki?.byteLength).toBe(294)
    const signed = Object.entries(HEADERS).filter(([name]) => !name.endsWith('-v2'))
    const text = `${URL}\n${signed.map(([name, value]) => `${name}: ${value}`).join('\n')}\n${BODY}`
    for (const end of ['', '\n']) {
      const signature = createSign('sha256')
        .update(text + end)
        .sign(key, 'base64')
      const headers = new Map(Object.entries({ ...HEADERS, 'x-eventbridge-signature-v2': signature }))
      expect(await verifyEventBridge(URL, headers, bytesOf(BODY), NOW_MS, async () => spki)).toBe(true)
    }
  })

  it.each(['', 'no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'An invalid certificate gives no key: %j',
    (text) => expect(publicKeyIn(bytesOf(text))).toBeUndefined(),
  )
})

it.each([
  ['a report of an ended task', BODY, '0385dc79-5ff8-4d82-bcb6-xxxxxx'],
  ['another event', '{"type":"x","data":{"task_id":"1"}}', undefined],
  ['an event without a task', '{"type":"dashscope:System:AsyncTaskFinish"}', undefined],
  ['no JSON', 'x', undefined],
])('The task is read from %s', (_, body, task) => {
  expect(taskEndedIn(bytesOf(body))).toBe(task)
})
