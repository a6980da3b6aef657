import type { Endpoint, PathNames } from '../dashscope/endpoint.ts'
import { findEndpoint } from '../dashscope/endpoints.ts'
import { GatewayError } from '../errors.ts'
import { adviceAt } from './base-url-advice.ts'

/** An endpoint of DashScope, and the values in the path. */
export type Route = { endpoint: Endpoint } & PathNames

/**
 * The endpoint at a path.
 *
 * @throws GatewayError `notFound` with advice if there is none, `wrongMethod` with the allowed methods.
 */
export function requireEndpoint(method: string, path: string): Route {
  const found = findEndpoint(method, path)
  if (found.kind === 'endpoint') return found
  if (found.kind === 'nothing') throw nothingAt(method, path)
  throw new GatewayError(
    'wrongMethod',
    `Request method '${method}' is not supported. Use ${found.allowed.join(' or ')}.`,
    {
      headers: { allow: [...found.allowed, 'OPTIONS'].join(', ') },
    },
  )
}

/** The 404 of a path without an endpoint, with advice about the path that was probably meant. */
export function nothingAt(method: string, path: string): GatewayError {
  const sentence = `This gateway does not serve ${method} ${path.slice(0, 200)}.`
  return new GatewayError('notFound', `${sentence} ${adviceAt(path)}`)
}
