import { firstRequest, STREAM_OPTIONS } from '../first-request.ts'
import { countKeys, GatewayRefusal, issueKey } from '../operator.ts'
import type { Surroundings } from './surroundings.ts'

/** A new workers.dev name takes up to a minute to work everywhere; attempts are about a second apart. */
const REACHABLE_WITHIN_TRIES = 90

/**
 * Issues a client key if the gateway has none.
 *
 * @returns the text printed at the end of a deployment.
 * @throws Error with a message if the gateway cannot be reached, or refuses the token.
 */
export async function welcome(
  address: string,
  adminToken: string,
  surroundings: Surroundings,
): Promise<string> {
  const keys = await countKeysOnceReachable(address, adminToken, surroundings)
  if (keys > 0) return howToIssueKeys(address)
  const { key } = await issueKey(address, adminToken, 'first key')
  return `
dashscope-edge is deployed at ${address}

  Console      ${address}/console/
  Client key   ${key} (shown only this once)

Try it:

${firstRequest(address, key)}

For a stream, add: ${STREAM_OPTIONS}
`
}

/** The text printed after a deployment that issued no key. */
export function howToIssueKeys(address: string): string {
  return `
dashscope-edge is deployed at ${address}

  Console      ${address}/console/

Existing client keys keep working. With ADMIN_TOKEN in the environment or in .env, issue another one with:

DASHSCOPE_EDGE_URL=${address} npm run edge -- keys create --name web
`
}

/** While the new URL and secrets propagate, every failure except a wrong token may be temporary. */
async function countKeysOnceReachable(
  address: string,
  adminToken: string,
  { pause }: Surroundings,
): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await countKeys(address, adminToken)
    } catch (error) {
      if (!(error instanceof GatewayRefusal)) throw error
      if (error.status === 401 || tries > REACHABLE_WITHIN_TRIES) {
        throw new Error(
          `The Worker is deployed at ${address}, but no client key was issued: ${error.message}`,
        )
      }
      await pause()
    }
  }
}
