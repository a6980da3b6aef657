import type { Env } from '../../../src/config.ts'
import worker from '../../../src/index.ts'

export * from '../../../src/index.ts'

/** Under the 200 ms that the gateway gives a lookup: a busy machine makes some of them late. */
const CACHE_READ_MS = 120

/** A meter on the other side of the earth, under the three seconds that the gateway gives it. */
const METER_CALL_MS = 400

/** How long after a write the cache still reads what was there before; Workers KV may take a minute. */
const CACHE_STALE_MS = 2500

const writtenMs = new Map<string, number>()
let known: { from: Env; env: Env } | undefined

/** The gateway with a slow cache that shows writes late, and with a slow meter. */
export default {
  fetch(request: Request, from: Env, context: ExecutionContext) {
    if (known?.from !== from)
      known = { from, env: { ...from, CACHE: laggingCache(from), METER: slowMeters(from) } }
    return worker.fetch(request, known.env, context)
  },
}

function laggingCache({ CACHE }: Env): KVNamespace {
  return new Proxy(CACHE, {
    get: (kv, name: keyof KVNamespace) => {
      const method = (kv[name] as (...given: unknown[]) => Promise<unknown>).bind(kv)
      return async (key: string, ...rest: unknown[]) => {
        if (name === 'put') writtenMs.set(key, writtenMs.get(key) ?? Date.now())
        if (name !== 'getWithMetadata') return method(key, ...rest)
        await scheduler.wait(CACHE_READ_MS)
        const isStale = Date.now() - (writtenMs.get(key) ?? 0) < CACHE_STALE_MS
        return isStale ? { value: null, metadata: null, cacheStatus: null } : method(key, ...rest)
      }
    },
  })
}

function slowMeters({ METER }: Env): Env['METER'] {
  return new Proxy(METER, {
    get: () => (name: string) => slow(METER.getByName(name)),
  })
}

function slow<Stub extends object>(stub: Stub): Stub {
  return new Proxy(stub, {
    get:
      (_, name) =>
      async (...given: unknown[]) => {
        await scheduler.wait(METER_CALL_MS)
        return (stub as Record<string | symbol, (...given: unknown[]) => unknown>)[name]?.(...given)
      },
  })
}
