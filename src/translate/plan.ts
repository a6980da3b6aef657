import type { Endpoint } from '../dashscope/endpoint.ts'
import { ENDPOINTS } from '../dashscope/endpoint-table.ts'
import type { JsonObject } from '../lib/json/object.ts'
import type { FormPart } from '../lib/multipart/read-form.ts'
import type { Caps } from '../policy/key-record.ts'
import type { Translation } from '../proxy/translation.ts'
import { invalidOption, type Options } from './options.ts'

/** The parts of a request to OpenAI's API that a translation needs. */
export interface OpenAiRequest {
  options: Options
  files: readonly FormPart[]
  /** The resolved model, which decides the native endpoint. */
  model: string
  /** What the path has at `{id}`; empty if it has none. */
  id: string
  /** Bounds on what the caller uploads. */
  caps: Caps
  nowMs: number
}

/** The native request that a request becomes. */
export interface NativePlan {
  endpoint: Endpoint
  /** Path and query. */
  path: string
  /** What the path has at `{id}`. */
  id?: string
  /** Without the model, which is added as the caller named it; absent for a lookup. */
  body?: JsonObject
  /** Whether a whole response, a stream or a task is requested. */
  mode: 'whole' | 'stream' | 'task'
  /** Whether another model takes the same body at the same endpoint, so that it can be a fallback. */
  suits: (model: string) => boolean
  translation: Translation
}

/** Makes the native request of one endpoint. Throws GatewayError `invalid` that names the option. */
export type Translator = (asked: OpenAiRequest) => NativePlan

/** A family of models that share an endpoint and the shape of its body. */
export interface Family {
  /** Names that belong to it. */
  models: RegExp
  /** The name of the native endpoint. */
  endpoint: string
}

/**
 * The family that a model belongs to.
 *
 * @param families the first that matches counts.
 * @throws GatewayError `invalid` if there is none.
 */
export function familyOf<Kind extends Family>(families: readonly Kind[], model: string): Kind {
  const family = families.find(({ models }) => models.test(model))
  if (family) return family
  throw invalidOption(
    'model',
    `this endpoint does not know ${JSON.stringify(model.slice(0, 64))}. docs/translations.md lists those that it knows; others have native endpoints`,
  )
}

/** A native endpoint by its name. */
export function nativeEndpoint(name: string): Endpoint {
  const endpoint = ENDPOINTS.find((each) => each.name === name)
  if (!endpoint) throw new TypeError(`There is no endpoint ${name}.`)
  return endpoint
}

/** The plan of a model call at the endpoint of its family. What is translated has no place for a system message. */
export function modelCall<Kind extends Family>(
  families: readonly Kind[],
  family: Kind,
  { body, mode, translation }: Required<Pick<NativePlan, 'body' | 'mode' | 'translation'>>,
): NativePlan {
  const { systemMessage, ...endpoint } = nativeEndpoint(family.endpoint)
  const suits = (model: string) => families.find(({ models }) => models.test(model)) === family
  return { endpoint, path: endpoint.pattern.prefix, body, mode, suits, translation }
}
