/** The name by which this cache is known in Cache-Status. */
const CACHE_NAME = 'dashscope-edge'

/**
 * Why a request went to DashScope, in the words of RFC 9211 section 2.2: `miss`, nothing stored; `stale`, stored
 * but too old; `request`, the caller's Cache-Control forbade it; `bypass`, the request is never answered from here.
 */
export type ForwardReason = 'miss' | 'bypass' | 'request' | 'stale'

/**
 * What the cache did with a request. On a hit `ttlSeconds` is what is left of the lifetime, negative when past it.
 * Otherwise `stored` says that the answer was kept, and `collapsed` that it is the answer to an identical request
 * that was already on its way.
 */
export type CacheOutcome =
  | { hit: true; ttlSeconds: number }
  | { forward: ForwardReason; stored?: boolean; collapsed?: boolean }

/**
 * Writes the Cache-Status header (RFC 9211), for example `dashscope-edge; hit; ttl=1234` or
 * `dashscope-edge; fwd=miss; stored`. A flag that is off is left out, as absent and false mean the same there.
 *
 * @returns one list member; ttl in whole seconds, rounded down because the header takes only integers.
 */
export function cacheStatus(outcome: CacheOutcome): string {
  if ('hit' in outcome) return `${CACHE_NAME}; hit; ttl=${Math.floor(outcome.ttlSeconds)}`
  const parameters = [`fwd=${outcome.forward}`]
  if (outcome.stored) parameters.push('stored')
  if (outcome.collapsed) parameters.push('collapsed')
  return [CACHE_NAME, ...parameters].join('; ')
}
