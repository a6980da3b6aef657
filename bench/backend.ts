/** The process behind the Workers: DashScope on a TCP port, the KV namespaces on Unix sockets in the directory given. */
import { join } from 'node:path'
import { kvNamespace } from './kv.ts'
import { serve } from './server.ts'
import { upstream } from './upstream.ts'

const directory = process.argv[2] ?? '.'
const [port] = await Promise.all([
  serve(0, upstream()),
  serve(join(directory, 'keys.sock'), kvNamespace()),
  serve(join(directory, 'cache.sock'), kvNamespace()),
])
process.on('disconnect', () => process.exit())
process.send?.(port)
