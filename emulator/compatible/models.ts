import type { Answer, Exchange } from '../exchange.ts'
import { LISTED_MODELS } from '../models.ts'

/** Answers GET /compatible-mode/v1/models with OpenAI's list. */
export function compatibleModels({ now }: Exchange): Answer {
  const created = Math.floor(now / 1000)
  const data = LISTED_MODELS.map((id) => ({ id, object: 'model', created, owned_by: 'system' }))
  return { kind: 'json', body: { object: 'list', data } }
}

/** Answers GET /api/v1/models with DashScope's own paged list. */
export function nativeModels({ requestId, url }: Exchange): Answer {
  const page = Number(url.searchParams.get('page_no') ?? 1)
  const size = Number(url.searchParams.get('page_size') ?? 10)
  const wanted = url.searchParams.get('model')
  const listed = LISTED_MODELS.filter((model) => wanted === null || model === wanted)
  const models = listed.slice((page - 1) * size, page * size).map((model) => ({ model }))
  const output = { total: listed.length, page_no: page, page_size: size, models }
  return { kind: 'json', body: { success: true, output, request_id: requestId } }
}
