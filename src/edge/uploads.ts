import { readConfig } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { readHeaderMap } from '../lib/header-map.ts'
import type { EdgeContext } from '../proxy/exchange.ts'
import { respondOnAccount } from '../proxy/handler.ts'
import { readUpload } from '../translate/uploads.ts'
import { identifyEdgeCaller } from './caller.ts'

/**
 * `POST /uploads`: uploads a small file to DashScope's temporary storage, for callers that cannot reach OSS, such as
 * pages.
 */
export async function postUpload(c: EdgeContext): Promise<Response> {
  const exchange = c.get('exchange')
  const { raw } = c.req
  const caller = await identifyEdgeCaller(raw, c.env, exchange.startedMs, { acceptsTokens: true })
  if (caller.kind === 'operator') {
    throw new GatewayError(
      'denied',
      'An upload belongs to a client key. Send one instead of the admin token.',
    )
  }
  const { principal } = caller
  exchange.principal = principal
  const call = await readUpload(raw, readHeaderMap(raw.headers), principal, exchange.url, readConfig(c.env))
  exchange.model = call.model
  return respondOnAccount(c, call)
}
