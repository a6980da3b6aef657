import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import { fromBase64, toBase64 } from './base64.ts'
import { bytesOf, textOf } from './json/utf8.ts'

/** AES-GCM requires a nonce of 96 bits that never repeats under one key (NIST SP 800-38D). */
const NONCE_BYTES = 12

/** The full length of the tag, which every implementation of AES-GCM supports. */
const TAG_BYTES = 16

const KEY_BYTES = 32

/** An opened text, and whether it was sealed under the box's current token. */
export interface Opened {
  text: string
  isCurrent: boolean
}

/** Encrypts texts for storage. It works synchronously, so that a transaction of a Durable Object can use it. */
export interface SecretBox {
  /**
   * Encrypts a text under the first token.
   *
   * @param label where the text is stored; the ciphertext cannot be opened under another label.
   * @returns undefined if the box has no token.
   */
  seal: (text: string, label: string) => string | undefined
  /** Decrypts the output of {@link SecretBox.seal}; undefined if no token of the box fits. */
  open: (sealed: string, label: string) => Opened | undefined
}

/**
 * Creates a box with keys derived from tokens.
 *
 * @param tokens the current token, then older ones, which only decrypt.
 * @param purpose separates the keys from any other use of the tokens (RFC 5869 section 3.2).
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
