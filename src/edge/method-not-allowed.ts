import type { Context } from 'hono'
import { GatewayError } from '../errors.ts'

/**
 * The handler for all other methods of a path.
 *
 * @param allowed the methods of the path, in the format of `Allow` (RFC 9110 section 10.2.1).
 * @returns a handler that throws GatewayError `wrongMethod`.
 */
export function wrongMethod(allowed: string): (context: Context, next: () => Promise<void>) => Promise<void> {
  return async ({ req }, next) => {
    // Preflights are answered by the app, for all paths that pages may call.
    if (req.method === 'OPTIONS' && allowed.includes('OPTIONS')) return next()
    throw new GatewayError('wrongMethod', `${req.method} is not allowed here. Use ${allowed}.`, {
      headers: { allow: allowed },
    })
  }
}
