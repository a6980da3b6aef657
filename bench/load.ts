import { scheduler } from 'node:timers/promises'
import { type Connection, type Exchange, openConnection } from './connection.ts'
import { cpuMicroseconds } from './process.ts'

/** What a stretch of load cost. */
export interface Load {
  requests: number
  perSecond: number
  /** Of the whole workerd process; undefined where the system does not tell. */
  cpuMicroseconds: number | undefined
  /** The exchanges themselves. */
  exchanges: Exchange[]
}

/** Callers at once: enough to keep workerd busy at every moment. */
export const CONNECTIONS = 32

/** Work that a Worker does after its answer belongs to it; a store takes about a millisecond. */
export const AFTER_ANSWER_MS = 50

/** Opens the connections that a load is made of. */
export function openConnections(port: number, count: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => openConnection(port)))
}

/**
 * Sends requests on every connection, the next as soon as the last is answered.
 *
 * @param pid workerd's process id.
 * @param mayGoOn asked before each request.
 * @param request makes the next request's bytes.
 * @param check throws where an answer is not what the load is about.
 * @throws what `check` throws, or that a connection broke.
 */
export async function load(
  pid: number,
  connections: readonly Connection[],
  mayGoOn: () => boolean,
  request: () => string,
  check: (exchange: Exchange) => void,
): Promise<Load> {
  const exchanges: Exchange[] = []
  const cpuBefore = cpuMicroseconds(pid)
  const start = performance.now()
  await Promise.all(
    connections.map(async (connection) => {
      while (mayGoOn()) {
        const exchange = await connection.send(request())
        check(exchange)
        exchanges.push(exchange)
      }
    }),
  )
  const seconds = (performance.now() - start) / 1000
  await scheduler.wait(AFTER_ANSWER_MS)
  const cpuAfter = cpuMicroseconds(pid)
  const cpu = cpuAfter !== undefined && cpuBefore !== undefined ? cpuAfter - cpuBefore : undefined
  return {
    requests: exchanges.length,
    perSecond: exchanges.length / seconds,
    cpuMicroseconds: cpu,
    exchanges,
  }
}
