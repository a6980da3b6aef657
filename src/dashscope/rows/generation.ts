import type { Endpoint } from '../endpoint.ts'
import { flatRerank } from '../schemas/compatible.ts'
import {
  appCompletion,
  multimodalEmbedding,
  multimodalGeneration,
  nestedRerank,
  submit,
  textEmbedding,
  textGeneration,
} from '../schemas/native.ts'
import { compatible, computed, createsTask, generated, native, row } from './row.ts'

/**
 * Cached multimodal responses may contain URLs of results, which DashScope deletes after 24 hours; with half of that,
 * a cached URL still works for 12 hours.
 */
const MAX_MULTIMODAL_CACHE_SECONDS = 43_200

/** Native generation, vectors, rankings and applications. */
export const GENERATION: readonly Endpoint[] = [
  // With `X-DashScope-Async: enable` some of these respond with a task, hence `createsTask`.
  row('POST', '/api/v1/services/aigc/text-generation/generation', 'text-generation', {
    ...native,
    ...generated,
    schema: textGeneration,
    stream: 'header',
    streamFormat: 'native',
    systemMessage: 'text-messages',
    ownership: createsTask,
  }),
  row('POST', '/api/v1/services/aigc/multimodal-generation/generation', 'multimodal-generation', {
    ...native,
    ...generated,
    schema: multimodalGeneration,
    stream: 'header',
    streamFormat: 'native',
    systemMessage: 'part-messages',
    maxCacheSeconds: MAX_MULTIMODAL_CACHE_SECONDS,
    ownership: createsTask,
  }),
  row('POST', '/api/v1/services/embeddings/text-embedding/text-embedding', 'text-embedding', {
    ...native,
    ...computed,
    schema: textEmbedding,
    stream: 'header',
    ownership: createsTask,
  }),
  row(
    'POST',
    '/api/v1/services/embeddings/multimodal-embedding/multimodal-embedding',
    'multimodal-embedding',
    {
      ...native,
      ...computed,
      schema: multimodalEmbedding,
      stream: 'header',
      ownership: createsTask,
    },
  ),
  row('POST', '/api/v1/services/rerank/text-rerank/text-rerank', 'text-rerank', {
    ...native,
    ...computed,
    schema: nestedRerank,
    stream: 'header',
  }),
  row('POST', '/compatible-api/v1/reranks', 'compatible-rerank', {
    ...compatible,
    ...computed,
    schema: flatRerank,
  }),
  // Counts the tokens of a text; free.
  row('POST', '/api/v1/tokenizer', 'tokenizer', {
    ...computed,
    dialect: 'native',
    body: 'json',
    schema: submit,
  }),
  // An application keeps a session and may have side effects: not cached, bound to its account, not retried once
  // begun.
  row('POST', '/api/v1/apps/{app}/completion', 'app-completion', {
    ...native,
    schema: appCompletion,
    model: 'path',
    stream: 'header',
    isGenerated: true,
    cacheable: false,
    repeatable: 'refused',
    isAccountBound: true,
    ownership: { kind: 'session', action: 'create' },
  }),
]
