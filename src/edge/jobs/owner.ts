import { GatewayError } from '../../errors.ts'
import { ledgersOf, OPERATOR } from '../../jobs/bindings.ts'
import { isKeyId } from '../../policy/key-record.ts'
import type { EdgeContext } from '../../proxy/exchange.ts'
import { identifyEdgeCaller } from '../caller.ts'

/**
 * The ledger that a request is about: a client key's own; for the operator that of the key in `?key=`, and without it the
 * operator's, whose endpoints get the events of the gateway.
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
    throw new GatewayError('denied', 'A client key sees its own jobs only. Leave "key" out.', {
      param: 'key',
    })
  }
  return ledgersOf(env).getByName(keyId)
}

/** What the path has at `:id`. */
export function idIn(c: EdgeContext): string {
  return c.req.param('id') ?? ''
}

/** What is not there, or belongs to another key: both get the same error (promise P7). */
export function unknown(what: 'job' | 'delivery' | 'endpoint'): GatewayError {
  return new GatewayError('notFound', `This key has no such ${what}.`)
}
