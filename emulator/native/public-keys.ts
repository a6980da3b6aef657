import type { EmulatorResponse, Exchange } from '../exchange.ts'

/** The key pair for encryption; both official SDKs fetch the public key. */
interface KeyPair {
  id: string
  /** DER of the public key (SubjectPublicKeyInfo), in Base64. */
  publicKey: string
  modulus: bigint
  privateExponent: bigint
}

const MODULUS_BITS = 2048
const PUBLIC_EXPONENT = new Uint8Array([1, 0, 1])

let made: KeyPair | undefined

/** Answers GET /api/v1/public-keys/latest: the public key with which a caller encrypts the key of its input. */
export async function latestPublicKey({ requestId }: Exchange): Promise<EmulatorResponse> {
  const { id, publicKey } = await keyPair()
  return {
    kind: 'json',
    body: { data: { public_key_id: id, public_key: publicKey }, request_id: requestId },
  }
}

/**
 * Decrypts Base64 that was encrypted with the public key and PKCS #1 v1.5 padding (RFC 8017, section 7.2.2), as the
 * SDKs do. Throws if that fails. Web Crypto does not support this padding, hence the arithmetic.
 */
export async function openWithPrivateKey(cipher: string): Promise<Uint8Array> {
  const { modulus, privateExponent } = await keyPair()
  const block = bytesOf(power(numberOf(Uint8Array.fromBase64(cipher)), privateExponent, modulus))
  const end = block.indexOf(0, 2)
  if (block[0] !== 0 || block[1] !== 2 || end < 0) throw new Error('Not encrypted under this key.')
  return block.subarray(end + 1)
}

/** Caches the key pair and not the promise: a Worker must not await a promise of another request. */
async function keyPair(): Promise<KeyPair> {
  if (made !== undefined) return made
  const usages = ['encrypt', 'decrypt'] as const
  const parameters = {
    name: 'RSA-OAEP',
    hash: 'SHA-256',
    modulusLength: MODULUS_BITS,
    publicExponent: PUBLIC_EXPONENT,
  }
  const pair = (await crypto.subtle.generateKey(parameters, true, [...usages])) as CryptoKeyPair
  const der = (await crypto.subtle.exportKey('spki', pair.publicKey)) as ArrayBuffer
  const { n, d } = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as JsonWebKey
  const read = (value = ''): bigint => numberOf(Uint8Array.fromBase64(value, { alphabet: 'base64url' }))
  made ??= {
    id: crypto.randomUUID(),
    publicKey: new Uint8Array(der).toBase64(),
    modulus: read(n),
    privateExponent: read(d),
  }
  return made
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytes.toHex() || '0'}`)
}

function bytesOf(value: bigint): Uint8Array {
  return Uint8Array.fromHex(value.toString(16).padStart(MODULUS_BITS / 4, '0'))
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}
