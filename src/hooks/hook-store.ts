import type { Config, Env } from '../config.ts'
import { GatewayError } from '../errors.ts'
import { findKeyById, isRefused } from '../keys/store.ts'
import { setBounded } from '../lib/bounded-map.ts'
import { KV_EDGE_CACHE_SECONDS } from '../lib/workers-kv.ts'
import type { KeyRecord } from '../policy/key-record.ts'
import type { Hook, HookSecrets, Preset } from './hook-record.ts'
import { openSecrets, sealSecrets } from './secret-box.ts'

/** Maximum number of hooks, and of presets, of a key. */
export const MAX_HOOKS = 50

/** How long an isolate remembers a hook; a change takes effect within this time. */
const MEMORY_MS = 10_000

const MEMORY_ENTRIES = 500

/** Workers KV reads at most this many entries in one operation. */
const BULK_READ = 100

/** A hook as it is stored: in KV, with its secrets encrypted. */
export interface StoredHook {
  hook: Hook
  sealed: string
}

/** A hook with its secrets; `undefined` secrets cannot be decrypted because ADMIN_TOKEN was changed. */
export interface OpenedHook {
  hook: Hook
  secrets: HookSecrets | undefined
}

const memory = new Map<string, { opened: OpenedHook; untilMs: number }>()

const keys = new Map<string, { record: KeyRecord; untilMs: number }>()

/** The hook of an id, with its secrets, from the isolate's memory or from KV. */
export async function findHook(
  env: Env,
  config: Config,
  id: string,
  nowMs: number,
): Promise<OpenedHook | undefined> {
  const remembered = memory.get(id)
  if (remembered && nowMs < remembered.untilMs) return remembered.opened
  const stored = await readHook(env, id, KV_EDGE_CACHE_SECONDS)
  if (!stored) return undefined
  const opened = openHook(config, stored)
  setBounded(memory, id, { opened, untilMs: nowMs + MEMORY_MS }, MEMORY_ENTRIES)
  return opened
}

/** A stored hook with its secrets. */
export function openHook({ adminTokens }: Config, { hook, sealed }: StoredHook): OpenedHook {
  return { hook, secrets: openSecrets(sealed, hook.id, adminTokens) }
}

/**
 * The key that pays for a hook, from the isolate's memory or from KV: so that bursts of events read it once. A
 * revocation in this isolate takes effect at once.
 */
export async function findPayingKey(env: Env, id: string, nowMs: number): Promise<KeyRecord | undefined> {
  if (isRefused(env.KEYS, id, nowMs)) return undefined
  const remembered = keys.get(id)
  if (remembered && nowMs < remembered.untilMs) return remembered.record
  const record = await findKeyById(env.KEYS, id, nowMs)
  if (record) setBounded(keys, id, { record, untilMs: nowMs + MEMORY_MS }, MEMORY_ENTRIES)
  return record
}

/** The stored hook of an id. */
export async function readHook(env: Env, id: string, cacheSeconds?: number): Promise<StoredHook | undefined> {
  const options = cacheSeconds === undefined ? {} : { cacheTtl: cacheSeconds }
  return (
    (await orUnavailable(() => env.KEYS.get<StoredHook>(hookEntry(id), { type: 'json', ...options }))) ??
    undefined
  )
}

/** Writes a hook; `secrets` replaces the stored ones and is encrypted. */
export async function writeHook(env: Env, config: Config, hook: Hook, secrets: HookSecrets): Promise<void> {
  const sealed = sealSecrets(secrets, hook.id, config.adminTokens)
  if (sealed === undefined) {
    throw new GatewayError('denied', 'Hooks need ADMIN_TOKEN, which encrypts their secrets. Set it first.')
  }
  const stored: StoredHook = { hook, sealed }
  await orUnavailable(() =>
    env.KEYS.put(hookEntry(hook.id), JSON.stringify(stored), { metadata: { key: hook.key } }),
  )
  memory.delete(hook.id)
}

export async function deleteHook(env: Env, id: string): Promise<void> {
  await orUnavailable(() => env.KEYS.delete(hookEntry(id)))
  memory.delete(id)
}

/** The hooks of a key, or of all keys; newest first. */
export async function listHooks(env: Env, key: string | undefined): Promise<StoredHook[]> {
  return list<StoredHook>(env, 'hook:', key)
}

/** The preset of an id. */
export async function readPreset(env: Env, id: string): Promise<Preset | undefined> {
  return (await orUnavailable(() => env.KEYS.get<Preset>(presetEntry(id), { type: 'json' }))) ?? undefined
}

export async function writePreset(env: Env, preset: Preset): Promise<void> {
  const metadata = { key: preset.key }
  await orUnavailable(() => env.KEYS.put(presetEntry(preset.id), JSON.stringify(preset), { metadata }))
}

export async function deletePreset(env: Env, id: string): Promise<void> {
  await orUnavailable(() => env.KEYS.delete(presetEntry(id)))
}

/** The presets of a key, or of all keys. */
export async function listPresets(env: Env, key: string | undefined): Promise<Preset[]> {
  return list<Preset>(env, 'preset:', key)
}

async function list<Stored>(env: Env, prefix: string, key: string | undefined): Promise<Stored[]> {
  const found: Stored[] = []
  let cursor: string | null = null
  do {
    const page: KVNamespaceListResult<{ key: string }> = await orUnavailable(() =>
      env.KEYS.list<{ key: string }>({ prefix, cursor, limit: BULK_READ }),
    )
    const names = page.keys
      .filter(({ metadata }) => key === undefined || metadata?.key === key)
      .map(({ name }) => name)
    const entries =
      names.length === 0 ? [] : await orUnavailable(() => env.KEYS.get<Stored>(names, { type: 'json' }))
    for (const [, stored] of entries) if (stored !== null) found.push(stored)
    cursor = page.list_complete ? null : page.cursor
  } while (cursor !== null)
  return found
}

function hookEntry(id: string): string {
  return `hook:${id}`
}

function presetEntry(id: string): string {
  return `preset:${id}`
}

async function orUnavailable<Result>(operation: () => Promise<Result>): Promise<Result> {
  try {
    return await operation()
  } catch (cause) {
    throw new GatewayError('unavailable', 'The store of hooks does not respond. Try again in a moment.', {
      headers: { 'retry-after': '2' },
      cause,
    })
  }
}
