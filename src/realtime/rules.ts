import { GatewayError } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../lib/json/object.ts'
import { contradiction } from '../policy/frozen-parameters.ts'
import type { Frozen, Policy } from '../policy/key-record.ts'
import { allowModel, allowWorkspace } from '../policy/policy.ts'

/** The rules for a caller's frames. */
export interface FrameRules {
  policy: Policy
  frozen: Frozen | undefined
  /** Whether the caller is a page with a session token; it may not make DashScope fetch URLs. */
  isSession: boolean
}

/** A member that must be a string; null counts as absent, since SDKs send it for unset fields. */
export function optionalText(value: unknown, param: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value
  throw new GatewayError('invalid', `${param}: expected a string.`, { param })
}

/** A member that must be an object; null counts as absent. */
export function optionalObject(value: unknown, param: string): JsonObject {
  if (value === undefined || value === null) return {}
  if (isJsonObject(value)) return value
  throw new GatewayError('invalid', `${param}: expected an object.`, { param })
}

/** @throws GatewayError `modelDenied` if the key may not use the model, `denied` if the token freezes another one. */
export function checkModel({ policy, frozen }: FrameRules, model: string, param: string): void {
  if (frozen?.model !== undefined && model !== frozen.model) throw contradiction(param, frozen.model)
  allowModel(policy, model)
}

/** @throws GatewayError `denied` if the key may not use the workspace. */
export function checkWorkspace({ policy }: FrameRules, workspace: unknown): void {
  if (workspace !== undefined && workspace !== null && workspace !== '') {
    allowWorkspace(policy, new Map(), { parameters: { workspace } })
  }
}

/**
 * The frozen parameters that are missing in a frame and must be inserted.
 *
 * @throws GatewayError `denied` for a parameter that contradicts the token.
 */
export function missingParameters({ frozen }: FrameRules, sent: JsonObject, prefix: string): JsonObject {
  const missing: JsonObject = {}
  for (const [name, value] of Object.entries(frozen?.parameters ?? {})) {
    if ((sent[name] ?? undefined) === undefined) missing[name] = value
    else if (sent[name] !== value) throw contradiction(`${prefix}${name}`, value)
  }
  return missing
}

export function refused(param: string, expectation: string): GatewayError {
  return new GatewayError('denied', `${param}: this key allows ${expectation}.`, { param })
}
