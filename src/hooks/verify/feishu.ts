import { decryptCbc, withoutPadding } from '../../lib/aes-cbc.ts'
import { fromBase64 } from '../../lib/base64.ts'
import { fromHex } from '../../lib/hex.ts'
import { concat, digest, equalBytes, equalTexts } from '../../lib/hmac.ts'
import { parseObject } from '../../lib/json/object.ts'
import { bytesOf, textOf } from '../../lib/json/utf8.ts'
import { INVALID, type SignedRequest, type Verified } from './verified.ts'

export interface FeishuSecrets {
  encrypt_key: string
  verification_token: string
}

const IV_BYTES = 16

/**
 * Feishu and Lark with an Encrypt Key: hex SHA-256(timestamp + nonce + key + raw body), body AES-256-CBC under
 * SHA-256(key). The signature is taken over the raw body, because the platform does not always send compact JSON. The
 * timestamp is not checked: retries come up to six hours later, and deduplication of events prevents replays.
 *
 * The challenge for a new URL has no signature; its `token` identifies the sender.
 */
export async function verifyFeishu(
  { header, body }: SignedRequest,
  { encrypt_key, verification_token }: FeishuSecrets,
): Promise<Verified> {
  const sent = parseObject(textOf(body))
  const opened = typeof sent?.encrypt === 'string' ? await decrypt(sent.encrypt, encrypt_key) : undefined
  const event = parseObject(textOf(opened ?? body))
  if (event?.type === 'url_verification') {
    const { token, challenge } = event
    if (typeof token !== 'string' || typeof challenge !== 'string') return INVALID
    if (!(await equalTexts(token, verification_token))) return INVALID
    return { kind: 'handshake', text: JSON.stringify({ challenge }), type: 'application/json' }
  }
  if (!opened) return INVALID
  const signature = fromHex(header('x-lark-signature') ?? '')
  const timestamp = header('x-lark-request-timestamp')
  const nonce = header('x-lark-request-nonce')
  if (!signature || timestamp === undefined || nonce === undefined) return INVALID
  const expected = await feishuSignature(timestamp, nonce, encrypt_key, body)
  return equalBytes(signature, expected) ? { kind: 'event', body: opened } : INVALID
}

/** The signature of an event: the SHA-256 of timestamp, nonce, Encrypt Key and raw body. */
export function feishuSignature(
  timestamp: string,
  nonce: string,
  encryptKey: string,
  body: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  return digest('SHA-256', concat(timestamp, nonce, encryptKey, body))
}

/** The plain text of `encrypt`: base64(iv of 16 bytes ‖ ciphertext). */
export async function decrypt(
  encrypted: string,
  encryptKey: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const sealed = fromBase64(encrypted)
  if (!sealed || sealed.byteLength <= IV_BYTES) return undefined
  const key = await digest('SHA-256', bytesOf(encryptKey))
  const padded = await decryptCbc(key, sealed.slice(0, IV_BYTES), sealed.slice(IV_BYTES))
  return padded && withoutPadding(padded, IV_BYTES)
}
