import type { KeyRecord } from '../access/record.ts'
import type { Call } from '../call.ts'
import { MAX_MULTIMODAL_TTL_SECONDS } from '../constants.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import { upstreamPath } from '../relay/request.ts'
import type { CacheControl } from './control.ts'
import { answerChangingHeaders, CACHE_KEY_VERSION, type CacheScope, cacheKey, saysNotStream } from './key.ts'

/** Whether a request goes past the cache: what cannot be kept, and what the caller or the operator keeps out. */
export function bypassesCache({ endpoint, question, key, config }: Call, control: CacheControl): boolean {
  if (!endpoint.cacheable || question.stream || question.asTask || control.noStore) return true
  return config.cacheTtlSeconds === 0 || key.cache?.enabled === false
}

/**
 * How long an answer may be kept: the caller's word, else the key's, else the operator's.
 *
 * @returns seconds, or undefined where the answer is not to be kept: the web's answers change (`enable_search`), so they are
 *   kept only when the caller says for how long.
 */
export function lifetimeSeconds(
  endpoint: Endpoint,
  key: KeyRecord,
  body: unknown,
  control: CacheControl,
  defaultSeconds: number,
): number | undefined {
  if (searchesTheWeb(body) && control.ttlSeconds === undefined) return undefined
  const seconds = control.ttlSeconds ?? key.cache?.ttl_seconds ?? defaultSeconds
  return endpoint.family === 'multimodal' ? Math.min(seconds, MAX_MULTIMODAL_TTL_SECONDS) : seconds
}

/** The name of the entry that would hold the answer to a call. */
export function nameOf(call: Call): string {
  const { request, key, question, config } = call
  return cacheKey({
    version: CACHE_KEY_VERSION,
    scope: scopeOf(key),
    host: config.baseUrl,
    path: upstreamPath(call),
    headers: answerChangingHeaders(request.headers),
    text: question.text ?? '',
    notStream: saysNotStream,
  })
}

/** Whose entries a key sees: its own, or those of the scope that the operator opened to several keys (promise P7). */
function scopeOf(key: KeyRecord): CacheScope {
  const generation = key.cache_generation
  return key.cache?.scope
    ? { kind: 'shared', id: key.cache.scope, generation }
    : { kind: 'key', id: key.id, generation }
}

function searchesTheWeb(body: unknown): boolean {
  const { enable_search, parameters } = body as {
    enable_search?: unknown
    parameters?: { enable_search?: unknown } | null
  }
  return enable_search === true || parameters?.enable_search === true
}
