import { readCredential, stateDirectory } from '../state.ts'
import { UsageError } from './command.ts'
import type { Gateway } from './gateway.ts'

/** The port of `npm start`. */
export const DEFAULT_PORT = '8787'

const LOCAL_HOSTS = ['127.0.0.1', 'localhost', '[::1]']

/**
 * The gateway to use: DASHSCOPE_EDGE_URL, or that of `npm start` on this machine. Its credential is ADMIN_TOKEN; for
 * a gateway on this machine, the token that `npm start` has created and stored is used too.
 *
 * @throws UsageError if DASHSCOPE_EDGE_URL is not a URL.
 */
export async function findGateway(environment: Record<string, string | undefined>): Promise<Gateway> {
  const port = environment.PORT?.trim() || DEFAULT_PORT
  const address = readAddress(environment.DASHSCOPE_EDGE_URL?.trim() || `http://127.0.0.1:${port}`)
  const given = environment.ADMIN_TOKEN?.trim()
  if (given || !isLocal(address)) return { address, adminToken: given || undefined }
  return { address, adminToken: await readCredential(stateDirectory(environment), 'admin-token') }
}

/** Whether a URL is on this machine. */
export function isLocal(address: string): boolean {
  return LOCAL_HOSTS.includes(new URL(address).hostname)
}

function readAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isHostRoot =
    url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.username
  if (isHostRoot) return url.origin
  throw new UsageError(
    `DASHSCOPE_EDGE_URL is "${text}" but must be the root of the gateway, like https://gateway.example, without a path.`,
  )
}
