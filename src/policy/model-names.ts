import type { JsonBody } from '../lib/json/body.ts'
import { isJsonObject } from '../lib/json/object.ts'
import { membersOf } from '../lib/json/splice.ts'
import type { Policy } from './key-record.ts'

type ModelNames = Pick<Policy, 'aliases' | 'fallbacks'>

/** Whether the model that answered may differ from the requested one, so that responses must name it. */
export function renamesModels({ aliases, fallbacks }: ModelNames): boolean {
  return aliases !== undefined || fallbacks !== undefined
}

/** Resolves an alias, once. An alias takes precedence over a model with the same name. */
export function resolveModel({ aliases }: ModelNames, name: string): string {
  return aliases && Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name
}

/** The models to try in turn if the retry table gives up on a model. */
export function fallbacksOf({ fallbacks }: ModelNames, model: string): readonly string[] {
  return fallbacks && Object.hasOwn(fallbacks, model) ? (fallbacks[model] ?? []) : []
}

/**
 * Replaces an alias in a JSON body by its model. Only the value of `model` changes; every other byte stays (a
 * documented exception to promise P1).
 *
 * @param source a body without duplicate keys.
 * @returns the same body if it has no alias.
 */
export function replaceAlias(source: JsonBody, policy: ModelNames): JsonBody {
  const { value: body } = source
  if (!policy.aliases || !isJsonObject(body) || typeof body.model !== 'string') return source
  const model = resolveModel(policy, body.model)
  return model === body.model ? source : withModel(source, model)
}

/**
 * A JSON body with another model.
 *
 * @param source a body with a string as its `model`, without duplicate keys.
 */
export function withModel(source: JsonBody, model: string): JsonBody {
  const { outline } = source
  const node = membersOf(outline, 0).get('model')
  if (node === undefined) return source
  const from = outline.starts[node] ?? 0
  const to = outline.ends[node] ?? from
  return source.spliced([{ from, to, piece: JSON.stringify(model) }])
}
