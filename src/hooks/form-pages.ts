import { corsHeaders, matchesOrigin, refuseForeignOrigin } from '../policy/origins.ts'
import type { Hook } from './hook-record.ts'
import { findHook } from './hook-store.ts'
import type { InboundContext } from './inbound-context.ts'

/** The CORS headers that let a page read the response of a form hook; empty for other hooks and pages. */
export async function corsForPage(
  id: string,
  origin: string | undefined,
  { env, config, nowMs }: Pick<InboundContext, 'env' | 'config' | 'nowMs'>,
): Promise<Record<string, string>> {
  if (origin === undefined || !/^hk_\w{22}$/.test(id)) return {}
  const found = await findHook(env, config, id, nowMs)
  const isPage = found && !found.hook.disabled && matchesOrigin(found.hook.form?.origins ?? [], origin)
  return isPage ? corsHeaders(origin) : {}
}

/**
 * Refuses a form from a page that the hook does not list. Requests without `Origin` come from servers.
 *
 * @param own the gateway's own origin.
 * @throws GatewayError `denied`.
 */
export function refuseForeignPage({ form }: Hook, origin: string | undefined, own: string): void {
  refuseForeignOrigin(origin ?? null, [...(form?.origins ?? []), own])
}
