import type { Env } from '../config.ts'
import type { Directory } from './directory/directory.ts'
import { keysOrUnavailable } from './store.ts'

/** Where client keys are stored: the KV copies that requests read, and the registry, the source of truth. */
export type KeyStores = Pick<Env, 'KEYS' | 'REGISTRY'>

/** The methods of the registry for keys and sessions. */
export interface KeyRegistry
  extends Pick<
    Directory,
    'create' | 'find' | 'change' | 'revoke' | 'purge' | 'page' | 'origins' | 'names' | 'recent'
  > {
  endSession: (id: string, exp: number, nowMs: number) => Promise<void>
  isSessionEnded: (id: string) => Promise<boolean>
}

export type { KeyName } from './directory/rows.ts'

/** The name of the deployment's only registry object. */
export const REGISTRY_NAME = 'registry'

/**
 * Calls the registry.
 *
 * @throws GatewayError `unavailable` with `Retry-After` for any failure.
 */
export function askRegistry<Result>(
  { REGISTRY }: Pick<Env, 'REGISTRY'>,
  ask: (registry: KeyRegistry) => Promise<Result>,
): Promise<Result> {
  // The class belongs to a layer above, so the type is cast here; a missing binding must throw inside the operation.
  return keysOrUnavailable(() => ask(REGISTRY.getByName(REGISTRY_NAME) as unknown as KeyRegistry))
}
