import { toHex } from '../../lib/hex.ts'
import { bytesOf } from '../../lib/json/utf8.ts'
import type { Principal } from '../../policy/key-record.ts'

/**
 * Names the rules that the lines of a batch file are checked against. A batch is made of a file only under the same rules:
 * a session token with tighter caps must not run what its key has uploaded.
 *
 * @returns a hash in hexadecimal digits.
 */
export async function lineRulesName({ policy, token }: Principal): Promise<string> {
  const { models, aliases, endpoints, caps, workspaces } = policy
  const rules = JSON.stringify(
    [models, aliases, endpoints, caps, workspaces, token?.frozen].map((each) => each ?? null),
  )
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(rules))))
}
