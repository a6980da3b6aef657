import type { Endpoint } from '../../src/dashscope/endpoint.ts'
import { findEndpoint } from '../../src/dashscope/endpoints.ts'

const PATHS = {
  text: '/api/v1/services/aigc/text-generation/generation',
  multimodal: '/api/v1/services/aigc/multimodal-generation/generation',
  embeddings: '/api/v1/services/embeddings/text-embedding/text-embedding',
  app: '/api/v1/apps/a1/completion',
  rerank: '/api/v1/services/rerank/text-rerank/text-rerank',
  flatRerank: '/compatible-api/v1/reranks',
  submit: '/api/v1/services/aigc/text2image/image-synthesis',
  chat: '/compatible-mode/v1/chat/completions',
  compatibleEmbeddings: '/compatible-mode/v1/embeddings',
  responses: '/compatible-mode/v1/responses',
  conversations: '/compatible-mode/v1/conversations',
  anthropic: '/apps/anthropic/v1/messages',
}

export type Path = keyof typeof PATHS

/** The row of the endpoint table for one path of each kind. */
export function endpointOf(path: Path): Endpoint {
  const found = findEndpoint('POST', PATHS[path])
  if (found.kind !== 'endpoint') throw new Error(`The table has no ${path}.`)
  return found.endpoint
}
