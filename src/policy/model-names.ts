import type { JsonBody } from '../lib/json/body.ts'
import { isJsonObject } from '../lib/json/object.ts'
import { membersOf } from '../lib/json/splice.ts'
import type { Policy } from './key-record.ts'

type ModelNames = Pick<Policy, 'aliases' | 'fallbacks'>

/** Whether responses to a key name the model that answered: if it may not be the one that the caller named. */
export function renamesModels({ aliases, fallbacks }: ModelNames): boolean {
  return aliases !== undefined || fallbacks !== undefined
}

/** The model that a name stands for. An alias is resolved once, and takes precedence over a model of the same name. */
export function resolveModel({ aliases }: ModelNames, name: string): string {
  return aliases && Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name
}

/** The models to ask, in this order, when the retry rules give up on a model; none without an entry. */
export function fallbacksOf({ fallbacks }: ModelNames, model: string): readonly string[] {
  return fallbacks && Object.hasOwn(fallbacks, model) ? (fallbacks[model] ?? []) : []
}

/**
 * Replaces an alias in a JSON body by the model it stands for. Only the value of `model` changes; every other byte stays
 * (a documented exception to promise P1).
 *
 * @param source a body without repeated keys.
 * @returns the body itself if it names no alias.
 */
export function replaceAlias(source: JsonBody, policy: ModelNames): JsonBody {
  const { value: body } = source
  if (!policy.aliases || !isJsonObject(body) || typeof body.model !== 'string') return source
  const model = resolveModel(policy, body.model)
  return model === body.model ? source : withModel(source, model)
}

/**
 * A JSON body that asks another model.
 *
 * @param source a body with a text as its `model`, in which no key is repeated.
 */
export function withModel(source: JsonBody, model: string): JsonBody {
  const { outline } = source
  const node = membersOf(outline, 0).get('model')
  if (node === undefined) return source
  const from = outline.starts[node] ?? 0
  const to = outline.ends[node] ?? from
  return source.spliced([{ from, to, piece: JSON.stringify(model) }])
}
