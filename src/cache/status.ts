/** The name of this cache in Cache-Status. */
const CACHE_NAME = 'dashscope-edge'

/**
 * Why a request was sent to DashScope, in the terms of RFC 9211 section 2.2: `miss`, nothing stored; `stale`, stored
 * but too old; `request`, the caller's Cache-Control forbade it; `bypass`, the request does not use the cache.
 */
export type ForwardReason = 'miss' | 'bypass' | 'request' | 'stale'

/** Why an entry past its lifetime was served (RFC 5861). */
export type StaleDetail = 'stale-while-revalidate' | 'stale-if-error'

/**
 * What the cache did with a request. On a hit, `ttlSeconds` is the remaining lifetime, negative for a stale entry.
 * Otherwise `stored` means that the response was stored, `collapsed` that it belongs to an identical request in
 * progress, and `forwardStatus` is DashScope's status when a stale entry was served instead.
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
 * Writes the Cache-Status header (RFC 9211), for example `dashscope-edge; hit; ttl=1234` or `dashscope-edge;
 * fwd=miss; stored`. Flags that are off are omitted; absent and false mean the same.
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
