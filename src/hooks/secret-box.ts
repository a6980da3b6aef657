import { isJsonObject } from '../lib/json/object.ts'
import { secretBox } from '../lib/secret-box.ts'
import type { HookSecrets } from './hook-record.ts'

const PURPOSE = 'dashscope-edge hook secrets 1'

/**
 * Encrypts the secrets of a hook with a key derived from ADMIN_TOKEN.
 *
 * @param id the hook's id; the ciphertext is bound to it.
 * @param adminTokens the current ADMIN_TOKEN and, while it is being changed, the one before.
 * @returns undefined without ADMIN_TOKEN.
 */
export function sealSecrets(
  secrets: HookSecrets,
  id: string,
  adminTokens: readonly string[],
): string | undefined {
  return secretBox(adminTokens, PURPOSE).seal(JSON.stringify(secrets), id)
}

/**
 * Decrypts the output of {@link sealSecrets}.
 *
 * @returns undefined if no token fits; the operator must then enter the secrets again.
 */
export function openSecrets(
  sealed: string,
  id: string,
  adminTokens: readonly string[],
): HookSecrets | undefined {
  const opened = secretBox(adminTokens, PURPOSE).open(sealed, id)
  return opened && secretsIn(opened.text)
}

function secretsIn(text: string): HookSecrets {
  const value: unknown = JSON.parse(text)
  const entries = isJsonObject(value) ? Object.entries(value) : []
  return Object.fromEntries(
    entries.flatMap(([name, secret]) => (typeof secret === 'string' ? [[name, secret]] : [])),
  )
}
