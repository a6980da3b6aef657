/** The process behind all contenders: the stand-in for DashScope on a TCP port, the KV namespaces on Unix sockets. */
import { join } from 'node:path'
import { kvNamespace } from '../kv.ts'
import { serve } from '../server.ts'
import type { FromBackend, ToBackend } from './backend-client.ts'
import { upstream } from './upstream.ts'

const directory = process.argv[2] ?? '.'
const calls = new Map<number, number>()

function tell(message: FromBackend): void {
  process.send?.(message)
}

const { respond, endStreams } = upstream({
  called: (number: number) => {
    // Counts only requested questions, since a run makes some hundred thousand calls.
    const counted = calls.get(number)
    if (counted !== undefined) calls.set(number, counted + 1)
  },
  left: (number: number) => tell({ kind: 'left', number, atNanoseconds: String(process.hrtime.bigint()) }),
})

process.on('message', ({ kind, number }: ToBackend) => {
  if (kind === 'end streams') endStreams()
  if (kind === 'count') calls.set(number, 0)
  tell({ kind: 'calls', number, calls: calls.get(number) ?? 0 })
})
process.on('disconnect', () => process.exit())

const [port] = await Promise.all([
  serve(0, respond),
  serve(join(directory, 'keys.sock'), kvNamespace()),
  serve(join(directory, 'cache.sock'), kvNamespace()),
])
tell({ kind: 'listening', port })
