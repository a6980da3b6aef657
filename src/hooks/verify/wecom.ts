import { decryptCbc, encryptCbc, withoutPadding, withPadding } from '../../lib/aes-cbc.ts'
import { fromBase64, toBase64 } from '../../lib/base64.ts'
import { fromHex, toHex } from '../../lib/hex.ts'
import { concat, digest, equalBytes } from '../../lib/hmac.ts'
import { parseObject } from '../../lib/json/object.ts'
import { bytesOf, textOf } from '../../lib/json/utf8.ts'
import { INVALID, type SignedRequest, type Verified } from './verified.ts'

/** The secrets that sign and encrypt the callbacks of a WeCom app or AI bot. */
export interface WecomSecrets {
  token: string
  encoding_aes_key: string
  /** The corp id in an app's messages; empty for AI bots. */
  receive_id: string
}

/** WeCom pads to blocks of 32 bytes (message encryption, "PKCS#7"). */
const PADDING_BYTES = 32

/** Before the message: 16 random bytes and its length in four bytes, big-endian. */
const RANDOM_BYTES = 16
const HEADER_BYTES = RANDOM_BYTES + 4

/**
 * WeCom: `msg_signature` = hex SHA-1 of token, timestamp, nonce and ciphertext, sorted and joined. A GET with
 * `echostr` checks the URL and expects the decrypted text, without quotes, byte order mark or newline.
 *
 * @param format the format of the POST body: XML for apps, JSON for AI bots.
 */
export async function verifyWecom(
  { method, url, body }: SignedRequest,
  secrets: WecomSecrets,
  format: 'xml' | 'json',
): Promise<Verified> {
  const echo = url.searchParams.get('echostr')
  if (method === 'GET' && echo === null) return { kind: 'malformed' }
  const encrypted =
    method === 'GET' ? echo : format === 'xml' ? xmlField(textOf(body), 'Encrypt') : jsonField(body)
  const timestamp = url.searchParams.get('timestamp')
  const nonce = url.searchParams.get('nonce')
  const signature = fromHex(url.searchParams.get('msg_signature') ?? '')
  if (!encrypted || timestamp === null || nonce === null || !signature) return INVALID
  const expected = await signatureOf(secrets.token, timestamp, nonce, encrypted)
  if (!equalBytes(signature, expected)) return INVALID
  const message = await open(encrypted, secrets)
  if (!message) return INVALID
  if (method === 'GET') return { kind: 'handshake', text: textOf(message), type: 'text/plain' }
  return { kind: 'event', body: message }
}

/**
 * Encrypts a passive reply, in the same envelope as an inbound message.
 *
 * @param random 16 bytes, different for each reply.
 * @returns the ciphertext in base64 and its signature in hexadecimal digits.
 */
export async function seal(
  message: string,
  { token, encoding_aes_key, receive_id }: WecomSecrets,
  { timestamp, nonce, random }: { timestamp: string; nonce: string; random: Uint8Array },
): Promise<{ encrypt: string; signature: string }> {
  const key = keyOf(encoding_aes_key)
  if (!key) throw new TypeError('encoding_aes_key must be 43 base64 characters.')
  const text = bytesOf(message)
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, text.byteLength)
  const padded = withPadding(concat(random, length, text, receive_id), PADDING_BYTES)
  const encrypt = toBase64(await encryptCbc(key, key.slice(0, 16), padded))
  return { encrypt, signature: toHex(await signatureOf(token, timestamp, nonce, encrypt)) }
}

/**
 * The text of a flat XML element with or without CDATA; undefined if the text has a document type declaration, which
 * is never expanded.
 */
export function xmlField(xml: string, name: string): string | undefined {
  if (xml.includes('<!DOCTYPE') || xml.includes('<!ENTITY')) return undefined
  const [, cdata, plain] =
    new RegExp(`<${name}>(?:<!\\[CDATA\\[([\\s\\S]*?)\\]\\]>|([^<]*))</${name}>`).exec(xml) ?? []
  return cdata ?? plain
}

async function signatureOf(...parts: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  return digest('SHA-1', bytesOf(parts.toSorted().join('')))
}

async function open(encrypted: string, { encoding_aes_key, receive_id }: WecomSecrets) {
  const key = keyOf(encoding_aes_key)
  const sealed = fromBase64(encrypted)
  const padded = key && sealed && (await decryptCbc(key, key.slice(0, 16), sealed))
  const plain = padded && withoutPadding(padded, PADDING_BYTES)
  if (!plain || plain.byteLength < HEADER_BYTES) return undefined
  const length = new DataView(plain.buffer, plain.byteOffset).getUint32(RANDOM_BYTES)
  const end = HEADER_BYTES + length
  if (end > plain.byteLength || textOf(plain.subarray(end)) !== receive_id) return undefined
  return plain.slice(HEADER_BYTES, end)
}

/** Decrypts a file that was sent to an AI bot: the same cipher as for messages, without an envelope. */
export async function decryptFile(
  sealed: Uint8Array<ArrayBuffer>,
  encodingAesKey: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const key = keyOf(encodingAesKey)
  const padded = key && (await decryptCbc(key, key.slice(0, 16), sealed))
  return padded && withoutPadding(padded, PADDING_BYTES)
}

/** EncodingAESKey is base64 of 32 bytes without its padding. */
function keyOf(encodingAesKey: string): Uint8Array<ArrayBuffer> | undefined {
  const key = fromBase64(`${encodingAesKey}=`)
  return key?.byteLength === 32 ? key : undefined
}

function jsonField(body: Uint8Array): string | undefined {
  const encrypted = parseObject(textOf(body))?.encrypt
  return typeof encrypted === 'string' ? encrypted : undefined
}
