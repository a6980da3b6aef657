import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'

const TAG_BYTES = 16

/** A secret that one caller shares with the service. */
export interface Secret {
  /** What goes with an encrypted input. */
  headers: Record<string, string>
  seal: (value: unknown) => string
  open: (text: string) => unknown
}

/** What the SDKs do: a key and a nonce of one's own, the key sent under the service's public one. */
export async function shareSecret(address: string, credential: string): Promise<Secret> {
  const response = await fetch(`${address}/api/v1/public-keys/latest`, {
    headers: { authorization: `Bearer ${credential}` },
  })
  const { data } = (await response.json()) as { data: { public_key_id: string; public_key: string } }
  const [key, nonce] = [randomBytes(32), randomBytes(12)]
  const publicKey = createPublicKey({
    key: Buffer.from(data.public_key, 'base64'),
    format: 'der',
    type: 'spki',
  })
  const padding = constants.RSA_PKCS1_PADDING
  const encryptedKey = publicEncrypt({ key: publicKey, padding }, Buffer.from(key.toString('base64')))
  const header = {
    public_key_id: data.public_key_id,
    encrypt_key: encryptedKey.toString('base64'),
    iv: nonce.toString('base64'),
  }
  return {
    headers: { 'x-dashscope-encryptionkey': JSON.stringify(header) },
    seal: (value) => {
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const text = [cipher.update(JSON.stringify(value)), cipher.final(), cipher.getAuthTag()]
      return Buffer.concat(text).toString('base64')
    },
    open: (text) => {
      const bytes = Buffer.from(text, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', key, nonce)
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      const clear = [decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]
      return JSON.parse(Buffer.concat(clear).toString())
    },
  }
}
