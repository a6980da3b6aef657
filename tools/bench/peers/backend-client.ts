import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Children } from './children.ts'

/** The messages of the backend process. */
export type FromBackend =
  | { kind: 'listening'; port: number }
  /** Nanoseconds of the monotonic clock, which is the same in every process of a machine; text, as JSON has no bigint. */
  | { kind: 'left'; number: number; atNanoseconds: string }
  | { kind: 'calls'; number: number; calls: number }

/**
 * Commands for the backend: count the calls for a question, report them, or end all open streams; each is answered
 * with `calls`.
 */
export interface ToBackend {
  kind: 'count' | 'tell' | 'end streams'
  number: number
}

/** The benchmark's interface to the stand-in for DashScope. */
export interface Backend {
  pid: number
  /** On 127.0.0.1. */
  port: number
  /** Counts the calls for a question from now on. */
  count: (number: number) => Promise<void>
  /** Returns the number of calls since then. */
  calls: (number: number) => Promise<number>
  /** Ends all streams that are still open. */
  endStreams: () => Promise<void>
  /** When the connection of a question's stream closed before its end; undefined if it has not within the time. */
  left: (number: number, withinMs: number) => Promise<bigint | undefined>
}

/** Starts the process; its KV namespaces get their sockets in the directory. */
export async function startBackend(children: Children, directory: string): Promise<Backend> {
  const script = fileURLToPath(import.meta.resolve('./backend.ts'))
  const child = children.start(process.execPath, [script, directory], { ipc: true })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const leavings = new Map<number, bigint>()
  const waiting = new Map<number, (at: bigint) => void>()
  child.on('message', (message: FromBackend) => {
    if (message.kind !== 'left') return
    const at = BigInt(message.atNanoseconds)
    leavings.set(message.number, at)
    waiting.get(message.number)?.(at)
  })
  return {
    pid: child.pid ?? 0,
    port,
    count: async (number) => void (await ask(child, 'count', number)),
    calls: (number) => ask(child, 'tell', number),
    endStreams: async () => void (await ask(child, 'end streams', 0)),
    left: (number, withinMs) => {
      const { promise, resolve } = Promise.withResolvers<bigint | undefined>()
      const known = leavings.get(number)
      const deadline = setTimeout(() => resolve(undefined), withinMs)
      if (known === undefined) waiting.set(number, resolve)
      else resolve(known)
      return promise.finally(() => {
        clearTimeout(deadline)
        waiting.delete(number)
      })
    },
  }
}

function ask(child: ChildProcess, kind: ToBackend['kind'], number: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const hear = (message: FromBackend) => {
    if (message.kind !== 'calls' || message.number !== number) return
    child.off('message', hear)
    resolve(message.calls)
  }
  child.on('message', hear)
  child.send({ kind, number })
  return promise
}
