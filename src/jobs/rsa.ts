import { fromBase64url } from '../lib/base64url.ts'

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

/** The padding of block type 1 has at least eight bytes (RFC 8017 section 9.2). */
const MIN_PADDING_BYTES = 8

/**
 * Recovers a text that was signed with RSA without hashing (PKCS #1 block type 1: `00 01 FF … FF 00 text`). WebCrypto
 * lacks this operation, so the modular exponentiation is done here.
 *
 * @param spki the public key in DER.
 * @returns undefined for anything that the key did not sign.
 */
export async function recoverSigned(
  spki: Uint8Array<ArrayBuffer>,
  signed: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const key = await crypto.subtle.importKey('spki', spki, RSA, true, ['verify'])
  const { n = '', e = '' } = (await crypto.subtle.exportKey('jwk', key)) as JsonWebKey
  const modulus = fromBase64url(n)
  const exponent = fromBase64url(e)
  if (!modulus || !exponent || signed.byteLength !== modulus.byteLength) return undefined
  const value = numberOf(signed)
  if (value >= numberOf(modulus)) return undefined
  const block = bigEndianBytes(power(value, numberOf(exponent), numberOf(modulus)), modulus.byteLength)
  const end = block.indexOf(0, 2)
  const isPadded =
    block[0] === 0 &&
    block[1] === 1 &&
    end >= 2 + MIN_PADDING_BYTES &&
    block.subarray(2, end).every((byte) => byte === 0xff)
  return isPadded ? block.slice(end + 1) : undefined
}

/** Modular exponentiation by squaring; all inputs are public. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('') || '0'}`)
}

function bigEndianBytes(value: bigint, length: number): Uint8Array<ArrayBuffer> {
  const digits = value.toString(16).padStart(2 * length, '0')
  return Uint8Array.from({ length }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  )
}
