import { makeAdminToken } from '../operator.ts'
import { requireLogin, runWrangler, storeSecrets } from '../wrangler.ts'
import { type Command, type Input, type Outcome, UsageError } from './command.ts'
import { confirm, YES, YES_FLAG } from './confirm.ts'
import type { Gateway } from './gateway.ts'
import { isLocal } from './target.ts'

/** Replaces ADMIN_TOKEN; the old token keeps verifying session tokens, so that no user is logged out. */
export const rotateAdminCommand: Command = {
  words: 'keys rotate-admin',
  summary: 'store a new ADMIN_TOKEN and show it once',
  options: YES,
  flags: [YES_FLAG],
  run: rotateAdmin,
}

async function rotateAdmin(input: Input, { address, adminToken }: Gateway): Promise<Outcome> {
  if (isLocal(address)) {
    throw new UsageError(
      'A gateway on this machine reads its token from .env: set ADMIN_TOKEN to a new value and ADMIN_TOKEN_PREVIOUS to the old one, and start it again.',
    )
  }
  await requireLogin(runWrangler)
  await confirm(`Replace ADMIN_TOKEN of ${address}? The old one then only verifies session tokens.`, input)
  const token = makeAdminToken()
  await storeSecrets(runWrangler, { ADMIN_TOKEN: token, ADMIN_TOKEN_PREVIOUS: adminToken ?? '' })
  if (input.json) return { text: JSON.stringify({ admin_token: token }), code: 0 }
  const text = `${token}\n\nThis is the new ADMIN_TOKEN, shown once: store it with your passwords and in .env. Operator sessions and the
secrets of hooks are bound to the token: sign in to the console again, and run "npm run edge -- doctor".
Once all session tokens have expired (an hour), remove the old one: npx wrangler secret delete ADMIN_TOKEN_PREVIOUS`
  return { text, code: 0 }
}
