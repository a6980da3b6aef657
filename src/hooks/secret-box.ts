import { hkdfSync } from 'node:crypto'
import { fromBase64, toBase64 } from '../lib/base64.ts'
import { isJsonObject } from '../lib/json/object.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import type { HookSecrets } from './hook-record.ts'

/** Sets the key apart from any other use of ADMIN_TOKEN (RFC 5869 section 3.2). */
const PURPOSE = 'dashscope-edge hook secrets 1'

/** AES-GCM wants a nonce of 96 bits that never repeats under one key (NIST SP 800-38D). */
const NONCE_BYTES = 12

/**
 * Encrypts the secrets of a hook under a key that follows from ADMIN_TOKEN.
 *
 * @param id the hook's id, to which the ciphertext is bound.
 */
export async function sealSecrets(secrets: HookSecrets, id: string, adminToken: string): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: bytesOf(id) }
  const sealed = await crypto.subtle.encrypt(
    algorithm,
    await keyFrom(adminToken),
    bytesOf(JSON.stringify(secrets)),
  )
  return `${toBase64(nonce)}.${toBase64(new Uint8Array(sealed))}`
}

/**
 * Decrypts what {@link sealSecrets} made.
 *
 * @param adminTokens the current ADMIN_TOKEN and, while it is being changed, the one before.
 * @returns undefined where none of them opens it: the operator has to enter the secrets again.
 */
export async function openSecrets(
  sealed: string,
  id: string,
  adminTokens: readonly string[],
): Promise<HookSecrets | undefined> {
  const [nonce, ciphertext] = sealed.split('.').map((part) => fromBase64(part))
  if (!nonce || !ciphertext) return undefined
  for (const adminToken of adminTokens) {
    try {
      const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: bytesOf(id) }
      const opened = await crypto.subtle.decrypt(algorithm, await keyFrom(adminToken), ciphertext)
      return secretsIn(textOf(new Uint8Array(opened)))
    } catch {
      // Sealed under another token.
    }
  }
  return undefined
}

async function keyFrom(adminToken: string): Promise<CryptoKey> {
  const bytes = hkdfSync('sha256', adminToken, '', PURPOSE, 32)
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

function secretsIn(text: string): HookSecrets {
  const value: unknown = JSON.parse(text)
  const entries = isJsonObject(value) ? Object.entries(value) : []
  return Object.fromEntries(
    entries.flatMap(([name, secret]) => (typeof secret === 'string' ? [[name, secret]] : [])),
  )
}
