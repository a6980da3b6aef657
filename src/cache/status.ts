/** The name by which this cache is known in Cache-Status. */
const CACHE_NAME = 'dashscope-edge'

/**
 * Why a request went to DashScope, in the words of RFC 9211 section 2.2: `miss`, nothing stored; `stale`, stored
 * but too old; `request`, the caller's Cache-Control forbade it; `bypass`, the request is never answered from here.
 */
export type ForwardReason = 'miss' | 'bypass' | 'request' | 'stale'

/** Why an entry past its lifetime answered (RFC 5861). */
export type StaleDetail = 'stale-while-revalidate' | 'stale-if-error'

/**
 * What the cache did with a request. On a hit `ttlSeconds` is what is left of the lifetime, negative when past it.
 * Otherwise `stored` says that the answer was kept, `collapsed` that it is the answer to an identical request that was
 * already on its way, and `forwardStatus` what DashScope had answered before an old entry took its place.
 */
export type CacheResult =
  | { hit: true; ttlSeconds: number; detail?: StaleDetail }
  | {
      forward: ForwardReason
      forwardStatus?: number
      stored?: boolean
      collapsed?: boolean
      detail?: StaleDetail
    }

/**
 * Writes the Cache-Status header (RFC 9211), for example `dashscope-edge; hit; ttl=1234` or
 * `dashscope-edge; fwd=miss; stored`. A flag that is off is left out, as absent and false mean the same there.
 *
 * @returns one list member; ttl in whole seconds, rounded down because the header takes only integers.
 */
export function cacheStatus(outcome: CacheResult): string {
  const parameters = 'hit' in outcome ? ['hit', `ttl=${Math.floor(outcome.ttlSeconds)}`] : forwarded(outcome)
  if (outcome.detail) parameters.push(`detail=${outcome.detail}`)
  return [CACHE_NAME, ...parameters].join('; ')
}

function forwarded(outcome: Exclude<CacheResult, { hit: true }>): string[] {
  const parameters = [`fwd=${outcome.forward}`]
  if (outcome.forwardStatus !== undefined) parameters.push(`fwd-status=${outcome.forwardStatus}`)
  if (outcome.stored) parameters.push('stored')
  if (outcome.collapsed) parameters.push('collapsed')
  return parameters
}
