import { scheduler } from 'node:timers/promises'
import { type Exchange, openConnection } from './connection.ts'
import { cpuMicroseconds } from './process.ts'

/** What a stretch of load cost. */
export interface Load {
  requests: number
  perSecond: number
  /** Of the whole workerd process; undefined if the system does not tell. */
  cpuMicroseconds: number | undefined
  /** The exchanges themselves. */
  exchanges: Exchange[]
}

/** Callers at once: enough to keep workerd busy at every moment. */
export const CONNECTIONS = 32

/** Work that a Worker does after its answer belongs to it; a store takes about a millisecond. */
export const AFTER_ANSWER_MS = 50

/** How to put a Worker under load. */
export interface LoadOptions {
  /** workerd's process id. */
  pid: number
  /** The Worker's port on 127.0.0.1. */
  port: number
  connections: number
  /** Asked before each request, with how many were sent and how long the load has lasted. */
  mayGoOn: (sent: number, elapsedMs: number) => boolean
  /** Makes the next request's bytes. */
  request: () => string
  /** Throws if an answer is not what the load is about. */
  check: (exchange: Exchange) => void
}

/**
 * Sends requests on every connection, the next as soon as the last is answered. The connections are new each time, because
 * workerd closes those that were idle for some seconds; opening them is not measured.
 *
 * @throws what `check` throws, or that a connection broke.
 */
export async function load({ pid, port, connections, mayGoOn, request, check }: LoadOptions): Promise<Load> {
  const opened = await Promise.all(Array.from({ length: connections }, () => openConnection(port)))
  const exchanges: Exchange[] = []
  const cpuBefore = cpuMicroseconds(pid)
  const start = performance.now()
  let sent = 0
  await Promise.all(
    opened.map(async (connection) => {
      while (mayGoOn(sent, performance.now() - start)) {
        sent++
        const exchange = await connection.send(request())
        check(exchange)
        exchanges.push(exchange)
      }
    }),
  )
  const seconds = (performance.now() - start) / 1000
  await scheduler.wait(AFTER_ANSWER_MS)
  const cpuAfter = cpuMicroseconds(pid)
  for (const connection of opened) connection.close()
  return {
    requests: exchanges.length,
    perSecond: exchanges.length / seconds,
    cpuMicroseconds: cpuAfter !== undefined && cpuBefore !== undefined ? cpuAfter - cpuBefore : undefined,
    exchanges,
  }
}
