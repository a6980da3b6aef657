import { fromBase64 } from '../lib/base64.ts'
import { concat, equalBytes, hmac } from '../lib/hmac.ts'
import { textOf } from '../lib/json/utf8.ts'
import { recoverSigned } from './rsa.ts'

/** Signatures of Alibaba EventBridge (EventBridge guide, "HTTP signature algorithm"), in both versions. */

/** Certificates are served by one host in each region; any other URL could serve the sender's own certificate. */
const CERTIFICATE_URL = /^https:\/\/[a-z0-9-]+-eventbridge\.oss-accelerate\.aliyuncs\.com\/[\w./-]+$/

/** EventBridge signs every attempt with the current time. */
const TOLERANCE_MS = 60_000

/** The signed headers, in order; `HASH` is used in version 2 and `METHOD` in version 1. Missing ones are left out. */
const SIGNED = [
  'x-eventbridge-signature-timestamp',
  'x-eventbridge-hash-method',
  'x-eventbridge-signature-method',
  'x-eventbridge-signature-version',
  'x-eventbridge-signature-url',
  'x-eventbridge-signature-token',
]

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

/**
 * The algorithm identifier rsaEncryption with its parameters in DER (RFC 8017, A.1): it comes after the start of the
 * key in a certificate.
 */
const RSA_IDENTIFIER = [
  0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
]

/**
 * The subject public key info of a 2048-bit RSA key has 294 bytes, that of 4096 bits 550: both have two length bytes.
 */
const SPKI_HEADER_BYTES = 4

interface Headers {
  get: (name: string) => string | null | undefined
}

/**
 * Verifies the signature of a report over the target URL, the signed headers and the raw body. Version 2 is
 * RSA-SHA256. Version 1, for older targets, is HMAC-SHA1 with a secret in the report, which is signed with the same
 * certificate. If a report has a version 2 signature, only that one counts.
 *
 * @param url the URL exactly as configured in EventBridge.
 * @param loadKey loads the public key of the certificate at a URL, as SPKI in DER.
 * @returns false for anything that EventBridge did not sign within a minute of now.
 */
export async function verifyEventBridge(
  url: string,
  headers: Headers,
  body: Uint8Array,
  nowMs: number,
  loadKey: (certificateUrl: string) => Promise<Uint8Array<ArrayBuffer> | undefined>,
): Promise<boolean> {
  const certificateUrl = headers.get('x-eventbridge-signature-url') ?? ''
  const timestamp = headers.get('x-eventbridge-signature-timestamp') ?? ''
  if (!CERTIFICATE_URL.test(certificateUrl) || !/^\d{13}$/.test(timestamp)) return false
  if (Math.abs(nowMs - Number(timestamp)) > TOLERANCE_MS) return false
  const second = headers.get('x-eventbridge-signature-v2')
  const signature = fromBase64(second ?? headers.get('x-eventbridge-signature') ?? '')
  if (!signature?.byteLength) return false
  const spki = await loadKey(certificateUrl)
  if (!spki) return false
  const lines = SIGNED.flatMap((name) => {
    const value = headers.get(name)
    return value ? [`${name}: ${value}`] : []
  })
  const head = `${url}\n${lines.join('\n')}\n`
  // Existing receivers differ in whether a line break follows the body, so both forms are accepted.
  const contents = [concat(head, body), concat(head, body, '\n')]
  return second
    ? verifySecond(spki, headers, signature, contents)
    : verifyFirst(spki, headers, signature, contents)
}

type Contents = readonly Uint8Array<ArrayBuffer>[]

async function verifySecond(
  spki: Uint8Array<ArrayBuffer>,
  headers: Headers,
  signature: Uint8Array<ArrayBuffer>,
  contents: Contents,
): Promise<boolean> {
  if (headers.get('x-eventbridge-hash-method') !== 'SHA256') return false
  const key = await crypto.subtle.importKey('spki', spki, RSA, false, ['verify'])
  for (const content of contents) if (await crypto.subtle.verify(RSA, key, signature, content)) return true
  return false
}

async function verifyFirst(
  spki: Uint8Array<ArrayBuffer>,
  headers: Headers,
  signature: Uint8Array<ArrayBuffer>,
  contents: Contents,
): Promise<boolean> {
  if (headers.get('x-eventbridge-signature-method') !== 'HMAC-SHA1') return false
  const sealed = fromBase64(headers.get('x-eventbridge-signature-secret') ?? '')
  const secret = sealed && (await recoverSigned(spki, sealed))
  if (!secret) return false
  for (const content of contents) if (equalBytes(signature, await hmac('SHA-1', secret, content))) return true
  return false
}

/** The public key in an X.509 certificate (PEM or DER), as SPKI in DER; undefined if it has no RSA key. */
export function publicKeyIn(certificate: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const pem = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END/.exec(textOf(certificate))?.[1]
  const der = pem === undefined ? certificate : fromBase64(pem.replace(/\s/g, ''))
  if (!der) return undefined
  // The algorithm of the signature has another identifier, so the first match belongs to the key.
  const at = der.findIndex((_, start) => RSA_IDENTIFIER.every((byte, offset) => der[start + offset] === byte))
  const start = at - SPKI_HEADER_BYTES
  if (at < SPKI_HEADER_BYTES || der[start] !== 0x30 || der[start + 1] !== 0x82) return undefined
  const length = ((der[start + 2] as number) << 8) | (der[start + 3] as number)
  return new Uint8Array(der.slice(start, start + SPKI_HEADER_BYTES + length))
}
