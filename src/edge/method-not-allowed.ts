import type { Context } from 'hono'
import { GatewayError } from '../errors.ts'

/**
 * What answers every other method at an address of the gateway's own.
 *
 * @param allowed the methods that mean something there, as `Allow` names them (RFC 9110 section 10.2.1).
 * @returns a handler that throws GatewayError `wrongMethod`.
 */
export function wrongMethod(allowed: string): (context: Context) => never {
  return ({ req }) => {
    throw new GatewayError('wrongMethod', `${req.method} means nothing here. Use one of: ${allowed}.`, {
      headers: { allow: allowed },
    })
  }
}
