/// <reference path="./node-crypto.d.ts" />
import { hkdfSync } from 'node:crypto'
import type { Config } from '../config.ts'
import { MIN_ADMIN_TOKEN_CHARACTERS } from '../config.ts'

/** The keys for signing and verifying session tokens. */
export interface TokenKeys {
  /** Signs new tokens. */
  current: Uint8Array
  /** Verify tokens: the current one and, while ADMIN_TOKEN is being changed, the one before. */
  accepted: readonly Uint8Array[]
}

/** Separates these keys from any other use of ADMIN_TOKEN (RFC 5869 section 3.2). */
const PURPOSE = 'dashscope-edge session token 1'
const KEY_BYTES = 32

const known = new WeakMap<Config, TokenKeys>()

/**
 * The signing keys of a deployment, the same object each time. HKDF does not slow down guessing: the holder of a
 * token can test guesses at ADMIN_TOKEN offline, so ADMIN_TOKEN must be random.
 *
 * @returns `undefined` if ADMIN_TOKEN is missing or too short; tokens are then neither issued nor accepted.
 */
export function tokenKeys(config: Config): TokenKeys | undefined {
  const before = known.get(config)
  if (before || !config.adminToken || config.adminToken.length < MIN_ADMIN_TOKEN_CHARACTERS) return before
  const keys = deriveTokenKeys(config.adminToken, config.adminTokenPrevious)
  known.set(config, keys)
  return keys
}

/** Derives the keys from the current and the previous admin token, by HKDF-SHA-256 (RFC 5869). */
export function deriveTokenKeys(adminToken: string, previous: string | undefined): TokenKeys {
  const current = derive(adminToken)
  return { current, accepted: previous === undefined ? [current] : [current, derive(previous)] }
}

function derive(secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', PURPOSE, KEY_BYTES))
}
