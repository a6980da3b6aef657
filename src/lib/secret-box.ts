import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { fromBase64, toBase64 } from './base64.ts'
import { bytesOf, textOf } from './json/utf8.ts'

/** AES-GCM wants a nonce of 96 bits that never repeats under one key (NIST SP 800-38D). */
const NONCE_BYTES = 12

/** The full length of the tag, which every implementation of AES-GCM takes. */
const TAG_BYTES = 16

const KEY_BYTES = 32

/** What was sealed, and whether the first of the box's tokens opened it. */
export interface Opened {
  text: string
  isCurrent: boolean
}

/** Encrypts texts for storage. It works synchronously, so that a transaction of a Durable Object can use it. */
export interface SecretBox {
  /**
   * Encrypts a text under the first token.
   *
   * @param label names the place of the text; the ciphertext opens under no other label.
   * @returns undefined if the box has no token.
   */
  seal: (text: string, label: string) => string | undefined
  /** Decrypts what {@link SecretBox.seal} made; undefined if no token of the box opens it. */
  open: (sealed: string, label: string) => Opened | undefined
}

/**
 * Makes a box whose keys follow from tokens.
 *
 * @param tokens the current token, then those that only open what was sealed before.
 * @param purpose sets the keys apart from any other use of the tokens (RFC 5869 section 3.2).
 */
export function secretBox(tokens: readonly string[], purpose: string): SecretBox {
  const keys = tokens.map((token) => new Uint8Array(hkdfSync('sha256', token, '', purpose, KEY_BYTES)))
  return {
    seal: (text, label) => keys[0] && sealUnder(keys[0], text, label),
    open: (sealed, label) => {
      for (const [at, key] of keys.entries()) {
        const text = openUnder(key, sealed, label)
        if (text !== undefined) return { text, isCurrent: at === 0 }
      }
      return undefined
    },
  }
}

function sealUnder(key: Uint8Array, text: string, label: string): string {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(bytesOf(label))
  const ciphertext = [...cipher.update(bytesOf(text)), ...cipher.final(), ...cipher.getAuthTag()]
  return `${toBase64(nonce)}.${toBase64(new Uint8Array(ciphertext))}`
}

function openUnder(key: Uint8Array, sealed: string, label: string): string | undefined {
  const [nonce, ciphertext] = sealed.split('.').map((part) => fromBase64(part))
  if (nonce?.byteLength !== NONCE_BYTES || !ciphertext || ciphertext.byteLength < TAG_BYTES) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce)
    decipher.setAAD(bytesOf(label))
    decipher.setAuthTag(ciphertext.subarray(-TAG_BYTES))
    const text = [...decipher.update(ciphertext.subarray(0, -TAG_BYTES)), ...decipher.final()]
    return textOf(new Uint8Array(text))
  } catch {
    // Sealed under another token or label, or changed since.
    return undefined
  }
}
