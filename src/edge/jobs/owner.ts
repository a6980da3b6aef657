import { GatewayError } from '../../errors.ts'
import { ledgersOf, OPERATOR } from '../../jobs/bindings.ts'
import { isKeyId } from '../../policy/key-record.ts'
import type { EdgeContext } from '../../proxy/exchange.ts'
import { identifyEdgeCaller } from '../caller.ts'

/**
 * The ledger for a request: a client key's own; for the operator, that of the key in `?key=` or, without it, the
 * operator's, whose endpoints receive the events of the gateway.
 *
 * @throws GatewayError `unauthenticated` for session tokens and unknown keys, `denied` for a foreign key in `?key=`.
 */
export async function ledgerFor(c: EdgeContext) {
  const { env, req } = c
  const caller = await identifyEdgeCaller(req.raw, env, Date.now())
  const asked = req.query('key')
  if (caller.kind === 'operator') {
    if (asked !== undefined && !isKeyId(asked)) {
      throw new GatewayError('invalid', 'key: expected the id of a key, as in ?key=key_….', { param: 'key' })
    }
    return ledgersOf(env).getByName(asked ?? OPERATOR)
  }
  const { keyId } = caller.principal
  if (asked !== undefined && asked !== keyId) {
    throw new GatewayError('denied', 'A client key may only access its own jobs. Leave "key" out.', {
      param: 'key',
    })
  }
  return ledgersOf(env).getByName(keyId)
}

/** The `:id` in the path. */
export function idIn(c: EdgeContext): string {
  return c.req.param('id') ?? ''
}
