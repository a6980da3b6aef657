import { openConnection } from '../connection.ts'
import type { Backend } from './backend-client.ts'
import { type Route, wireRequest } from './route.ts'

/** The number of simultaneous identical requests. */
export const IDENTICAL_CALLERS = 100

/** The delay of the response, so that all requests are sent before it. */
const RESPONSE_AFTER_MS = 500

/**
 * Sends one request from many connections at once.
 *
 * @returns how many calls the stand-in for DashScope got.
 * @throws Error if a caller is not answered with 200.
 */
export async function callsForIdentical(route: Route, backend: Backend, number: number): Promise<number> {
  const connections = await Promise.all(
    Array.from({ length: IDENTICAL_CALLERS }, () => openConnection(route.port)),
  )
  await backend.count(number)
  const request = wireRequest(route, { number, events: 0, everyMs: 1, delayMs: RESPONSE_AFTER_MS })
  const exchanges = await Promise.all(connections.map((connection) => connection.send(request)))
  for (const connection of connections) connection.close()
  const refused = exchanges.find(({ status }) => status !== 200)
  if (refused)
    throw new Error(`${route.name} answered one of many identical requests with ${refused.status}.`)
  return backend.calls(number)
}
