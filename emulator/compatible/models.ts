import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { LISTED_MODELS, modelExists } from '../models.ts'
import { problem } from '../problems.ts'

/** Answers GET /compatible-mode/v1/models with OpenAI's list. */
export function compatibleModels({ now }: Exchange): EmulatorResponse {
  const created = Math.floor(now / 1000)
  const data = LISTED_MODELS.map((id) => ({ id, object: 'model', created, owned_by: 'system' }))
  return { kind: 'json', body: { object: 'list', data } }
}

/** Answers GET /compatible-mode/v1/models/{model}; names may have an encoded slash. */
export function compatibleModel({ now, parts }: Exchange): EmulatorResponse {
  const id = decodeURIComponent(parts[0] ?? '')
  if (!modelExists(id)) return problem('ModelNotFound', `The model ${id} does not exist.`)
  const created = Math.floor(now / 1000)
  return { kind: 'json', body: { id, object: 'model', created, owned_by: 'system' } }
}

/** Answers GET /api/v1/models with DashScope's own paged list. */
export function nativeModels({ requestId, url }: Exchange): EmulatorResponse {
  const page = Number(url.searchParams.get('page_no') ?? 1)
  const size = Number(url.searchParams.get('page_size') ?? 10)
  const wanted = url.searchParams.get('model')
  const listed = LISTED_MODELS.filter((model) => wanted === null || model === wanted)
  const models = listed.slice((page - 1) * size, page * size).map((model) => ({ model }))
  const output = { total: listed.length, page_no: page, page_size: size, models }
  return { kind: 'json', body: { success: true, output, request_id: requestId } }
}
