interface Entry {
  value: string
  metadata: unknown
}

/** A KV namespace in memory, as far as the gateway's keys use one: it counts its reads and fails on demand. */
export interface MemoryKv {
  kv: KVNamespace
  entries: Map<string, Entry>
  /** Operations of each kind so far. */
  counts: { get: number; list: number; put: number; delete: number }
  /** Makes every operation of these kinds fail. */
  failing: Set<'get' | 'list' | 'put' | 'delete'>
}

export function memoryKv(): MemoryKv {
  const entries = new Map<string, Entry>()
  const counts = { get: 0, list: 0, put: 0, delete: 0 }
  const failing: MemoryKv['failing'] = new Set()

  function begin(kind: keyof typeof counts): void {
    counts[kind] += 1
    if (failing.has(kind)) throw new Error(`KV ${kind.toUpperCase()} failed: 500 Internal Server Error`)
  }

  function read(name: string, type: string | undefined): unknown {
    const value = entries.get(name)?.value
    if (value === undefined) return null
    return type === 'json' ? JSON.parse(value) : value
  }

  const kv = {
    async get(names: string | string[], options: { type?: string; cacheTtl?: number } = {}) {
      begin('get')
      if (options.cacheTtl !== undefined && options.cacheTtl < 30)
        throw new Error('cacheTtl must be at least 30')
      if (!Array.isArray(names)) return read(names, options.type)
      if (names.length > 100) throw new Error('at most 100 keys a bulk read')
      return new Map(names.map((name) => [name, read(name, options.type)]))
    },
    async put(name: string, value: string, options: { metadata?: unknown } = {}) {
      begin('put')
      const metadata = JSON.stringify(options.metadata)
      if (metadata !== undefined && new TextEncoder().encode(metadata).length > 1024) {
        throw new Error('metadata must be at most 1024 bytes')
      }
      entries.set(name, { value, metadata: metadata && JSON.parse(metadata) })
    },
    async delete(name: string) {
      begin('delete')
      entries.delete(name)
    },
    async list({ prefix, limit, cursor }: { prefix: string; limit: number; cursor: string | null }) {
      begin('list')
      const names = [...entries.keys()].filter((name) => name.startsWith(prefix)).sort()
      const start = Number(cursor ?? 0)
      const keys = names
        .slice(start, start + limit)
        .map((name) => ({ name, metadata: entries.get(name)?.metadata }))
      const end = start + keys.length
      return end < names.length
        ? { keys, list_complete: false, cursor: String(end) }
        : { keys, list_complete: true }
    },
  }
  return { kv: kv as unknown as KVNamespace, entries, counts, failing }
}
