import { type Env, readConfig } from '../config.ts'
import { fromBase64 } from '../lib/base64.ts'
import { objectAt, parseObject } from '../lib/json/object.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import { pollersOf } from './bindings.ts'

/**
 * Alibaba EventBridge reports the end of DashScope's tasks (EventBridge guide, "HTTP signature algorithm"). A report is only
 * a nudge: the task is looked up then, so a forged report could cause a look-up and nothing else.
 */

/** Certificates are served by one host in each region; any other URL could serve a certificate of the sender's own. */
const CERTIFICATE_URL = /^https:\/\/[a-z0-9-]+-eventbridge\.oss-accelerate\.aliyuncs\.com\/[\w./-]+$/

/** EventBridge signs each try anew. */
const TOLERANCE_MS = 60_000

/** The signed headers, in their order; absent ones are left out. */
const SIGNED = [
  'x-eventbridge-signature-timestamp',
  'x-eventbridge-hash-method',
  'x-eventbridge-signature-version',
  'x-eventbridge-signature-url',
  'x-eventbridge-signature-token',
]

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

/** The algorithm identifier rsaEncryption with its parameters in DER (RFC 8017, A.1): a certificate's key begins before it. */
const RSA_IDENTIFIER = [
  0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
]

/** The subject public key info of a 2048-bit RSA key has 294 bytes, that of 4096 bits 550: all have two length bytes. */
const SPKI_HEADER_BYTES = 4

/**
 * Verifies a report with the signature `x-eventbridge-signature-v2`, RSA-SHA256 over the target URL, the signed headers and
 * the raw body.
 *
 * @param url the URL exactly as it is configured in EventBridge.
 * @param loadKey gets the public key behind a certificate's URL as SPKI in DER.
 * @returns false for anything that EventBridge did not sign within a minute of now.
 */
export async function verifyEventBridge(
  url: string,
  headers: { get: (name: string) => string | null | undefined },
  body: Uint8Array,
  nowMs: number,
  loadKey: (certificateUrl: string) => Promise<Uint8Array<ArrayBuffer> | undefined>,
): Promise<boolean> {
  const signature = fromBase64(headers.get('x-eventbridge-signature-v2') ?? '')
  const certificateUrl = headers.get('x-eventbridge-signature-url') ?? ''
  const timestamp = headers.get('x-eventbridge-signature-timestamp') ?? ''
  if (!signature?.byteLength || !CERTIFICATE_URL.test(certificateUrl) || !/^\d{13}$/.test(timestamp))
    return false
  if (headers.get('x-eventbridge-hash-method') !== 'SHA256') return false
  if (Math.abs(nowMs - Number(timestamp)) > TOLERANCE_MS) return false
  const spki = await loadKey(certificateUrl)
  if (!spki) return false
  const key = await crypto.subtle.importKey('spki', spki, RSA, false, ['verify'])
  const lines = SIGNED.flatMap((name) => {
    const value = headers.get(name)
    return value ? [`${name}: ${value}`] : []
  })
  // Receivers in the field disagree whether a line break follows the body.
  for (const end of ['', '\n']) {
    const head = bytesOf(`${url}\n${lines.join('\n')}\n`)
    const content = new Uint8Array([...head, ...body, ...bytesOf(end)])
    if (await crypto.subtle.verify(RSA, key, signature, content)) return true
  }
  return false
}

/** The public key in an X.509 certificate (PEM or DER), as SPKI in DER; undefined where there is no RSA key. */
export function publicKeyIn(certificate: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const pem = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END/.exec(textOf(certificate))?.[1]
  const der = pem === undefined ? certificate : fromBase64(pem.replace(/\s/g, ''))
  if (!der) return undefined
  // The signature's own algorithm has another identifier, so the first one found is that of the key.
  const at = der.findIndex((_, start) => RSA_IDENTIFIER.every((byte, offset) => der[start + offset] === byte))
  const start = at - SPKI_HEADER_BYTES
  if (at < SPKI_HEADER_BYTES || der[start] !== 0x30 || der[start + 1] !== 0x82) return undefined
  const length = ((der[start + 2] as number) << 8) | (der[start + 3] as number)
  return new Uint8Array(der.slice(start, start + SPKI_HEADER_BYTES + length))
}

/** The id of the task whose end an event reports; undefined for any other event. */
export function taskEndedIn(body: Uint8Array): string | undefined {
  const event = parseObject(textOf(body))
  if (event?.type !== 'dashscope:System:AsyncTaskFinish') return undefined
  const task = objectAt(event, 'data')?.task_id
  return typeof task === 'string' && task !== '' ? task : undefined
}

/**
 * Has a task looked up at once, wherever it is watched.
 *
 * @returns whether a job watches it.
 */
export async function nudgeTask(env: Env, task: string): Promise<boolean> {
  const { targets } = readConfig(env)
  const found = await Promise.all(targets.map(({ id }) => pollersOf(env).getByName(id).nudge(task)))
  return found.includes(true)
}
