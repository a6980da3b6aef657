/**
 * The process behind the Workers: DashScope on a TCP port, the KV namespaces on Unix sockets in the given directory.
 */
import { join } from 'node:path'
import { kvNamespace, type Omnipresent } from './kv.ts'
import { serve } from './server.ts'
import { RESPONSE_BODY, upstream } from './upstream.ts'

const directory = process.argv[2] ?? '.'
const [port] = await Promise.all([
  serve(0, upstream()),
  serve(join(directory, 'keys.sock'), kvNamespace()),
  serve(join(directory, 'cache.sock'), kvNamespace()),
  serve(join(directory, 'full.sock'), kvNamespace(kept(RESPONSE_BODY))),
])
process.on('disconnect', () => process.exit())
process.send?.(port)

/** A response as stored in the gateway's cache (`src/cache/store.ts`). */
function kept(body: string): Omnipresent {
  const headers = [['content-type', 'application/json']]
  return { body, metadata: JSON.stringify({ storedAtMs: Date.now(), ttlSeconds: 3600, headers }) }
}
