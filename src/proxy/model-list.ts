import { isJsonObject, parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import type { Policy } from '../policy/key-record.ts'
import { mayUseModel } from '../policy/policy.ts'
import type { UpstreamResponse } from '../upstream/response.ts'

/**
 * The list of models for a key: without the models that its policy refuses, and with its aliases, which take
 * precedence over models of the same name.
 *
 * @param response DashScope's response to `GET /compatible-mode/v1/models`.
 * @returns the same response if the policy changes nothing, or if it is not a list.
 */
export function modelsAllowedBy(policy: Policy, response: UpstreamResponse): UpstreamResponse {
  const { models, aliases = {} } = policy
  if (response.kind !== 'whole' || response.status !== 200 || (!models && !policy.aliases)) return response
  const list = listIn(textOf(response.body))
  if (!list) return response
  const allowed = list.data.filter(
    (row) =>
      isJsonObject(row) &&
      typeof row.id === 'string' &&
      mayUseModel(policy, row.id) &&
      !Object.hasOwn(aliases, row.id),
  )
  const named = Object.keys(aliases).map(aliasRow)
  const body = new TextEncoder().encode(JSON.stringify({ ...list, data: [...allowed, ...named] }))
  return { ...response, body: body as Uint8Array<ArrayBuffer> }
}

/** The row of an alias in a list of models. */
export function aliasRow(id: string): object {
  return { id, object: 'model', created: 0, owned_by: 'alias' }
}

function listIn(text: string): { data: unknown[] } | undefined {
  const list = parseObject(text)
  return list && Array.isArray(list.data) ? { ...list, data: list.data } : undefined
}
