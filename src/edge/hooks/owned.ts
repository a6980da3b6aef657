import { readConfig } from '../../config.ts'
import { GatewayError } from '../../errors.ts'
import { findKeyById } from '../../keys/store.ts'
import type { EdgeContext } from '../../proxy/exchange.ts'
import { identifyEdgeCaller } from '../caller.ts'

/** Who manages hooks and presets: the operator manages all, a client key with `"hooks": true` its own. */
export type HookManager = { kind: 'operator' } | { kind: 'client'; key: string }

/**
 * Authenticates a caller that manages hooks or presets.
 *
 * @throws GatewayError `denied` for a client key that may not have hooks, and as `identifyEdgeCaller` does.
 */
export async function identifyManager(c: EdgeContext): Promise<HookManager> {
  const exchange = c.get('exchange')
  const caller = await identifyEdgeCaller(c.req.raw, c.env, exchange.startedMs, {
    isRead: c.req.method === 'GET',
  })
  if (caller.kind === 'operator') return caller
  exchange.principal = caller.principal
  if (caller.principal.policy.hooks === true) return { kind: 'client', key: caller.principal.keyId }
  throw new GatewayError(
    'denied',
    'This key may not have hooks. The operator can set "hooks": true in the key.',
  )
}

/**
 * The key that a new hook or preset belongs to: the caller's own, or the one given by the operator.
 *
 * @throws GatewayError `invalid` if the operator gives no key or an unknown one, or if a client gives another key.
 */
export async function ownerOf(
  c: EdgeContext,
  manager: HookManager,
  named: string | undefined,
): Promise<string> {
  if (manager.kind === 'client') {
    if (named === undefined || named === manager.key) return manager.key
    throw new GatewayError('invalid', 'key: leave it out; it is always your own key.', { param: 'key' })
  }
  const { startedMs } = c.get('exchange')
  const record = named === undefined ? undefined : await findKeyById(c.env.KEYS, named, startedMs)
  if (record) return record.id
  throw new GatewayError('invalid', 'key: expected the id of the client key that is charged.', {
    param: 'key',
  })
}

/**
 * The key whose hooks or presets are listed: the caller's own, or the one in the operator's `?key=`.
 *
 * @returns undefined for all keys.
 * @throws GatewayError `denied` for another key in a client's `?key=`.
 */
export function keyListed(c: EdgeContext, manager: HookManager): string | undefined {
  const named = c.req.query('key')
  if (manager.kind === 'operator') return named
  if (named === undefined || named === manager.key) return manager.key
  throw new GatewayError('denied', 'A client key may only list its own hooks and presets. Leave "key" out.', {
    param: 'key',
  })
}

/** Whether a manager may access the hooks and presets of a key. */
export function mayManage(manager: HookManager, key: string): boolean {
  return manager.kind === 'operator' || manager.key === key
}

/** The context for the work of a hook. */
export function contextOf(c: EdgeContext) {
  const { url, startedMs } = c.get('exchange')
  return {
    env: c.env,
    config: readConfig(c.env),
    origin: url.origin,
    nowMs: startedMs,
    keepAlive: (work: Promise<unknown>) => c.executionCtx.waitUntil(work.catch(() => undefined)),
  }
}
