// The functions of Node's crypto module that the Worker and its stand-ins use. Workers have them by `nodejs_compat`,
// which is on by default since compatibility date 2026-08-04; @types/node as a whole would add globals that Workers
// do not have.
declare module 'node:crypto' {
  interface Hash {
    update(data: string | Uint8Array): Hash
    digest(): Uint8Array
    digest(encoding: 'hex'): string
  }
  interface Hmac {
    update(data: string): Hmac
    digest(encoding: 'base64' | 'base64url' | 'hex'): string
  }
  export function createHash(algorithm: 'sha1' | 'sha256'): Hash
  export function createHmac(algorithm: 'sha256', key: Uint8Array | string): Hmac
  interface Cipher {
    setAAD(data: Uint8Array): Cipher
    setAutoPadding(isOn: boolean): Cipher
    update(data: Uint8Array | string): Uint8Array
    final(): Uint8Array
    getAuthTag(): Uint8Array
  }
  interface Decipher {
    setAAD(data: Uint8Array): Decipher
    setAutoPadding(isOn: boolean): Decipher
    setAuthTag(tag: Uint8Array): Decipher
    update(data: Uint8Array): Uint8Array
    final(): Uint8Array
  }
  export function createCipheriv(
    algorithm: 'aes-256-cbc' | 'aes-256-gcm',
    key: Uint8Array,
    nonce: Uint8Array,
  ): Cipher
  export function createDecipheriv(
    algorithm: 'aes-256-cbc' | 'aes-256-gcm',
    key: Uint8Array,
    nonce: Uint8Array,
  ): Decipher
  export function hkdfSync(
    digest: 'sha256',
    secret: string,
    salt: string,
    info: string,
    lengthBytes: number,
  ): ArrayBuffer
  export function timingSafeEqual(first: Uint8Array, second: Uint8Array): boolean
}
