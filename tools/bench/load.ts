import { scheduler } from 'node:timers/promises'
import { type Exchange, openConnection } from './connection.ts'
import { cpuMicroseconds } from './process.ts'

/** The cost of a period of load. */
export interface Load {
  requests: number
  perSecond: number
  /** CPU time of the whole workerd process; undefined if the system does not report it. */
  cpuMicroseconds: number | undefined
  /** All exchanges. */
  exchanges: Exchange[]
}

/** Parallel callers, enough to keep workerd always busy. */
export const CONNECTIONS = 32

/** Time for work after the response, which is part of the cost; a cache write takes about a millisecond. */
export const AFTER_RESPONSE_MS = 50

/** How to put a Worker under load. */
export interface LoadOptions {
  /** workerd's process id. */
  pid: number
  /** The Worker's port on 127.0.0.1. */
  port: number
  connections: number
  /**
   * Called before each request with the number of requests so far and the elapsed time; returns whether to continue.
   */
  mayGoOn: (sent: number, elapsedMs: number) => boolean
  /** Returns the next request in wire format. */
  request: () => string
  /** Throws if a response is not the expected one. */
  check: (exchange: Exchange) => void
}

/**
 * Sends requests on every connection, each as soon as the previous one is answered. The connections are new each
 * time, because workerd closes idle ones after some seconds; opening them is not measured.
 *
 * @throws errors of `check`, or an error for a broken connection.
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
  await scheduler.wait(AFTER_RESPONSE_MS)
  const cpuAfter = cpuMicroseconds(pid)
  for (const connection of opened) connection.close()
  return {
    requests: exchanges.length,
    perSecond: exchanges.length / seconds,
    cpuMicroseconds: cpuAfter !== undefined && cpuBefore !== undefined ? cpuAfter - cpuBefore : undefined,
    exchanges,
  }
}
