import type { Env } from '../config.ts'
import type { Directory } from './directory/directory.ts'
import { keysOrUnavailable } from './store.ts'

/** Where client keys are: what requests read of them, and the object that has the truth. */
export type KeyStores = Pick<Env, 'KEYS' | 'REGISTRY'>

/** The verbs of the registry that concern keys and sessions. */
export interface KeyRegistry
  extends Pick<
    Directory,
    'create' | 'find' | 'change' | 'revoke' | 'purge' | 'page' | 'origins' | 'names' | 'recent'
  > {
  endSession: (id: string, exp: number, nowMs: number) => Promise<void>
  isSessionEnded: (id: string) => Promise<boolean>
}

export type { KeyName } from './directory/rows.ts'

/** The one object of the deployment. */
export const REGISTRY_NAME = 'registry'

/**
 * Asks the registry.
 *
 * @throws GatewayError `unavailable` with `Retry-After`, whatever failed.
 */
export function askRegistry<Result>(
  { REGISTRY }: Pick<Env, 'REGISTRY'>,
  ask: (registry: KeyRegistry) => Promise<Result>,
): Promise<Result> {
  // The class belongs to a room above this one, and a missing binding must throw inside the operation.
  return keysOrUnavailable(() => ask(REGISTRY.getByName(REGISTRY_NAME) as unknown as KeyRegistry))
}
