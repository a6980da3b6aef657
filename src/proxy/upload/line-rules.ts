import { toHex } from '../../lib/hex.ts'
import { bytesOf } from '../../lib/json/utf8.ts'
import { limitsUsers } from '../../policy/body-user.ts'
import type { Principal } from '../../policy/key-record.ts'

/**
 * Identifies the rules that the lines of a batch file were checked against. A batch can be created from a file only
 * under the same rules: a session token with stricter caps must not run what its key has uploaded.
 *
 * @returns a hash in hexadecimal digits.
 */
export async function lineRulesHash({ policy, token }: Principal): Promise<string> {
  const { models, aliases, endpoints, caps, workspaces } = policy
  const parts: unknown[] = [models, aliases, endpoints, caps, workspaces, token?.frozen]
  // For keys that take no users from bodies, the name stays as in earlier versions.
  if (policy.user_from) parts.push(policy.user_from, limitsUsers(policy))
  const rules = JSON.stringify(parts.map((each) => each ?? null))
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(rules))))
}
