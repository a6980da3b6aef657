import { Directory, type DirectoryHost } from '../../src/keys/directory/directory.ts'
import { createKeyTables } from '../../src/keys/directory/rows.ts'
import type { KeyStores } from '../../src/keys/registry.ts'
import { runMigrations } from '../../src/lib/migrations.ts'
import { memoryStorage } from '../meter/object/memory-storage.ts'

/** The registry of a deployment in memory. */
export interface MemoryRegistry {
  REGISTRY: KeyStores['REGISTRY']
  directory: Directory
  /** How long writes to KV have waited for their turn, in milliseconds. */
  slept: number[]
  /** Moments at which the registry wants to be woken. */
  wakeUps: number[]
  /** Makes every call fail. */
  fail: (isFailing: boolean) => void
}

export function memoryRegistry(kv: KVNamespace): MemoryRegistry {
  const storage = memoryStorage()
  runMigrations(storage, [createKeyTables])
  const slept: number[] = []
  const wakeUps: number[] = []
  const host: DirectoryHost = {
    storage,
    kv,
    wakeAt: (atMs) => void wakeUps.push(atMs),
    sleep: async (ms) => void slept.push(ms),
  }
  const directory = new Directory(host)
  let isFailing = false
  const getByName = () => {
    if (isFailing) throw new Error('The registry is away.')
    return directory
  }
  const REGISTRY = { getByName } as unknown as KeyStores['REGISTRY']
  const fail = (failing: boolean) => {
    isFailing = failing
  }
  return { REGISTRY, directory, slept, wakeUps, fail }
}
