import type { JwtAlgorithm } from '../../src/policy/issuers.ts'

const GENERATE = {
  RS256: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
}

/** A pair of keys as an issuer holds and publishes them. */
export interface IssuerKey {
  algorithm: JwtAlgorithm
  kid: string
  privateKey: CryptoKey
  published: Record<string, unknown>
}

export async function makeIssuerKey(
  algorithm: JwtAlgorithm,
  kid: string,
  changes: object = {},
): Promise<IssuerKey> {
  const pair = await crypto.subtle.generateKey({ ...GENERATE[algorithm], ...changes }, true, [
    'sign',
    'verify',
  ])
  const { privateKey, publicKey } = pair as CryptoKeyPair
  const jwk = (await crypto.subtle.exportKey('jwk', publicKey)) as Record<string, unknown>
  return { algorithm, kid, privateKey, published: { ...jwk, kid, use: 'sig', alg: algorithm } }
}

/** A JWT signed with a key; `header` is added to what the key says of itself. */
export async function signJwt(key: IssuerKey, claims: object, header: object = {}): Promise<string> {
  const signed = `${encode({ alg: key.algorithm, kid: key.kid, ...header })}.${encode(claims)}`
  const parameters = { name: GENERATE[key.algorithm].name, hash: 'SHA-256' }
  const signature = await crypto.subtle.sign(parameters, key.privateKey, new TextEncoder().encode(signed))
  return `${signed}.${Buffer.from(signature).toString('base64url')}`
}

/** A part of a JWT. */
export function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
