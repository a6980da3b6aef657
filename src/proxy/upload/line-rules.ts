import { toHex } from '../../lib/hex.ts'
import { bytesOf } from '../../lib/json/utf8.ts'
import { limitsUsers } from '../../policy/body-user.ts'
import type { Principal } from '../../policy/key-record.ts'

/**
 * Names the rules that the lines of a batch file are checked against. A batch is made of a file only under the same rules:
 * a session token with tighter caps must not run what its key has uploaded.
 *
 * @returns a hash in hexadecimal digits.
 */
export async function lineRulesName({ policy, token }: Principal): Promise<string> {
  const { models, aliases, endpoints, caps, workspaces } = policy
  const parts: unknown[] = [models, aliases, endpoints, caps, workspaces, token?.frozen]
  // Of a key that takes no users from bodies the name stays what it was.
  if (policy.user_from) parts.push(policy.user_from, limitsUsers(policy))
  const rules = JSON.stringify(parts.map((each) => each ?? null))
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(rules))))
}
