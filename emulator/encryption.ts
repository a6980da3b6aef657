import type { EmulatorResponse, Endpoint, Exchange } from './exchange.ts'
import type { Frame } from './frames.ts'
import { type JsonObject, objectOf, parseObject, textOf } from './json.ts'
import { openWithPrivateKey } from './native/public-keys.ts'

/** The AES-GCM key and nonce, which both official SDKs use for the input and every output. */
interface Secret {
  key: CryptoKey
  nonce: Uint8Array
}

const NONCE_BYTES = 12

/**
 * Runs an endpoint with decryption. If `input` is a ciphertext and the header `X-DashScope-EncryptionKey`
 * (`{public_key_id, encrypt_key, iv}`) was sent, the endpoint gets the decrypted input, and every `output` is
 * encrypted. Text that cannot be decrypted is used as the question itself, and no client can decrypt its response.
 */
export async function respondEncrypted(exchange: Exchange, endpoint: Endpoint): Promise<EmulatorResponse> {
  const { input } = exchange.body
  const header = exchange.headers.get('x-dashscope-encryptionkey')
  if (header === null || typeof input !== 'string') return endpoint(exchange)
  const opened = await open(header, input)
  const secret = opened?.secret ?? (await unknownSecret(header))
  const clear = opened?.input ?? { messages: [{ role: 'user', content: input }] }
  const response = await endpoint({ ...exchange, body: { ...exchange.body, input: clear } })
  return sealResponse(response, secret)
}

async function open(
  header: string,
  cipher: string,
): Promise<{ secret: Secret; input: JsonObject } | undefined> {
  const { encrypt_key: encryptedKey, iv } = parseObject(header) ?? {}
  try {
    const encodedKey = new TextDecoder().decode(await openWithPrivateKey(textOf(encryptedKey)))
    const secret = await secretOf(Uint8Array.fromBase64(encodedKey), Uint8Array.fromBase64(textOf(iv)))
    const bytes = Uint8Array.fromBase64(cipher)
    const clear = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: secret.nonce }, secret.key, bytes)
    return { secret, input: objectOf(JSON.parse(new TextDecoder().decode(clear))) }
  } catch {
    return undefined
  }
}

async function unknownSecret(header: string): Promise<Secret> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(header)))
  return secretOf(bytes, bytes.subarray(0, NONCE_BYTES))
}

async function secretOf(bytes: Uint8Array, nonce: Uint8Array): Promise<Secret> {
  const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  return { key, nonce }
}

async function sealResponse(response: EmulatorResponse, secret: Secret): Promise<EmulatorResponse> {
  if (response.kind === 'json') {
    return { ...response, body: await sealOutput(response.body, secret), outputEncrypted: true }
  }
  if (response.kind !== 'stream') return response
  const frames: Frame[] = []
  for (const frame of response.frames) {
    const [head = '', data = ''] = frame.text.split('\ndata:')
    const body = await sealOutput(objectOf(JSON.parse(data)), secret)
    frames.push({ ...frame, text: `${head}\ndata:${JSON.stringify(body)}\n\n` })
  }
  return { ...response, frames, outputEncrypted: true }
}

async function sealOutput(body: JsonObject, { key, nonce }: Secret): Promise<JsonObject> {
  const clear = new TextEncoder().encode(JSON.stringify(body.output))
  const cipher = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, clear)
  return { ...body, output: new Uint8Array(cipher).toBase64() }
}
