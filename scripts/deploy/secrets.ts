import { MIN_ADMIN_TOKEN_CHARACTERS } from '../../src/config.ts'
import { makeAdminToken } from '../operator.ts'
import { keyNames, type Values } from '../worker-settings.ts'
import type { Surroundings } from './surroundings.ts'

/**
 * Collects the secrets that the Worker lacks: from the environment, from the terminal, or generated here.
 *
 * @param present names of the secrets that the Worker has.
 * @throws Error that names the secret and says what to do.
 */
export async function gatherSecrets(
  vars: Values,
  present: readonly string[],
  { environment, askSecret }: Surroundings,
): Promise<Values> {
  const missing: Values = {}
  for (const name of keyNames(vars).filter((each) => !present.includes(each))) {
    const key = environment[name]?.trim() || (await askSecret(name))
    if (!key) throw new Error(`${name} is empty. Nothing was deployed.`)
    missing[name] = key
  }
  if (!present.includes('ADMIN_TOKEN')) {
    missing.ADMIN_TOKEN = environment.ADMIN_TOKEN?.trim() || makeAdminToken()
    if (missing.ADMIN_TOKEN.length < MIN_ADMIN_TOKEN_CHARACTERS) {
      throw new Error(
        `ADMIN_TOKEN must have at least ${MIN_ADMIN_TOKEN_CHARACTERS} characters. Set a longer one, or unset it to have ` +
          'one made. Nothing was deployed.',
      )
    }
  }
  return missing
}

/**
 * Prints what was stored. A token generated here is shown now, since it cannot be read back from Cloudflare if a
 * later step fails.
 */
export function showSecrets(
  present: readonly string[],
  stored: Values,
  { environment, print }: Surroundings,
): void {
  const names = Object.keys(stored)
  if (names.length > 0) print(`\nStored as secrets: ${names.join(', ')}.`)
  const kept = present.filter((name) => name === 'ADMIN_TOKEN' || name.startsWith('DASHSCOPE_API_KEY'))
  if (kept.length > 0) {
    print(`\nNot changed: ${kept.join(', ')}. Change one with "npx wrangler secret put NAME".`)
  }
  if (stored.ADMIN_TOKEN && !environment.ADMIN_TOKEN?.trim()) {
    print(`\nADMIN_TOKEN, shown only this once; keep it where you keep passwords:\n\n  ${stored.ADMIN_TOKEN}`)
  }
}
