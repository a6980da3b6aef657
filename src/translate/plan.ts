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
  /** The resolved model, which determines the native endpoint. */
  model: string
  /** The `{id}` in the path; empty if there is none. */
  id: string
  /** The caps on uploads. */
  caps: Caps
  nowMs: number
}

/** The native request for a translated request. */
export interface NativePlan {
  endpoint: Endpoint
  /** Path and query. */
  path: string
  /** The `{id}` in the path. */
  id?: string
  /** The body without the model, which is added later under the caller's name; undefined for a lookup. */
  body?: JsonObject
  /** Whether a whole response, a stream or a task is requested. */
  mode: 'whole' | 'stream' | 'task'
  /** Whether another model takes the same body at the same endpoint, so that it can be a fallback. */
  suits: (model: string) => boolean
  translation: Translation
}

/** Builds the native request for one endpoint. Throws GatewayError `invalid`, naming the option. */
export type Translator = (asked: OpenAiRequest) => NativePlan

/** A family of models that share an endpoint and the format of its body. */
export interface Family {
  /** Matches the names of its models. */
  models: RegExp
  /** The name of the native endpoint. */
  endpoint: string
}

/**
 * The family that a model belongs to.
 *
 * @param families the first matching one is used.
 * @throws GatewayError `invalid` if there is none.
 */
export function familyOf<Kind extends Family>(families: readonly Kind[], model: string): Kind {
  const family = families.find(({ models }) => models.test(model))
  if (family) return family
  throw invalidOption(
    'model',
    `this endpoint does not support ${JSON.stringify(model.slice(0, 64))}. docs/translations.md lists the supported models; use the native endpoints for others`,
  )
}

/** A native endpoint by its name. */
export function nativeEndpoint(name: string): Endpoint {
  const endpoint = ENDPOINTS.find((each) => each.name === name)
  if (!endpoint) throw new TypeError(`There is no endpoint ${name}.`)
  return endpoint
}

/** The plan of a model call at the endpoint of its family. Translated requests cannot contain a system message. */
export function modelCall<Kind extends Family>(
  families: readonly Kind[],
  family: Kind,
  { body, mode, translation }: Required<Pick<NativePlan, 'body' | 'mode' | 'translation'>>,
): NativePlan {
  const { systemMessage, ...endpoint } = nativeEndpoint(family.endpoint)
  const suits = (model: string) => families.find(({ models }) => models.test(model)) === family
  return { endpoint, path: endpoint.pattern.prefix, body, mode, suits, translation }
}
