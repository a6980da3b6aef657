import type { Dialect } from '../errors.ts'
import type { Endpoint } from './endpoint.ts'
import { matchPath, pathPattern } from './path.ts'
import { anthropicMessages } from './schemas/anthropic.ts'
import { appCompletion } from './schemas/app.ts'
import { chatCompletions } from './schemas/chat.ts'
import { compatibleEmbeddings, multimodalEmbedding, textEmbedding } from './schemas/embeddings.ts'
import { multimodalGeneration } from './schemas/multimodal.ts'
import { flatRerank, nestedRerank } from './schemas/rerank.ts'
import { responses } from './schemas/responses.ts'
import { submit } from './schemas/submit.ts'
import { textGeneration } from './schemas/text.ts'

const native = {
  dialect: 'native',
  body: 'json',
  stream: 'header',
  cacheable: true,
  usage: ['usage'],
} as const
const compatible = {
  dialect: 'compatible',
  body: 'json',
  stream: 'body',
  cacheable: true,
  usage: ['usage'],
} as const
const lookup = { body: 'none', stream: 'never', cacheable: false } as const
const createsTask = { kind: 'task', action: 'create' } as const

/** Every endpoint of DashScope that the gateway forwards. What is not here is 404 (promise P3). */
const TABLE: readonly Endpoint[] = [
  // Native generation. With `X-DashScope-Async: enable` some of these answer with a task, hence `createsTask`.
  row('POST', '/api/v1/services/aigc/text-generation/generation', 'text-generation', {
    ...native,
    family: 'text',
    schema: textGeneration,
    ownership: createsTask,
  }),
  row('POST', '/api/v1/services/aigc/multimodal-generation/generation', 'multimodal-generation', {
    ...native,
    family: 'multimodal',
    schema: multimodalGeneration,
    ownership: createsTask,
  }),
  row('POST', '/api/v1/services/embeddings/text-embedding/text-embedding', 'text-embedding', {
    ...native,
    family: 'embeddings',
    schema: textEmbedding,
    ownership: createsTask,
  }),
  row(
    'POST',
    '/api/v1/services/embeddings/multimodal-embedding/multimodal-embedding',
    'multimodal-embedding',
    {
      ...native,
      family: 'embeddings',
      schema: multimodalEmbedding,
      ownership: createsTask,
    },
  ),
  row('POST', '/api/v1/services/rerank/text-rerank/text-rerank', 'text-rerank', {
    ...native,
    family: 'rerank',
    schema: nestedRerank,
  }),
  row('POST', '/compatible-api/v1/reranks', 'compatible-rerank', {
    ...compatible,
    family: 'rerank',
    schema: flatRerank,
    stream: 'never',
  }),
  // An application keeps a session of its own, so the same prompt is not the same question.
  row('POST', '/api/v1/apps/{id}/completion', 'app-completion', {
    ...native,
    family: 'app',
    schema: appCompletion,
    cacheable: false,
  }),

  // Async submits and their tasks.
  submitRow('/api/v1/services/aigc/text2image/image-synthesis', 'text-to-image'),
  submitRow('/api/v1/services/aigc/image2image/image-synthesis', 'image-to-image'),
  submitRow('/api/v1/services/aigc/image-generation/generation', 'image-generation'),
  submitRow('/api/v1/services/aigc/background-generation/generation', 'background-generation'),
  submitRow('/api/v1/services/aigc/video-generation/video-synthesis', 'video-generation'),
  submitRow('/api/v1/services/aigc/image2video/video-synthesis', 'image-to-video'),
  submitRow('/api/v1/services/audio/asr/transcription', 'transcription'),
  row('GET', '/api/v1/tasks', 'task-list', {
    ...lookup,
    family: 'task',
    dialect: 'native',
    ownership: { kind: 'task', action: 'list' },
    query: ['task_id', 'start_time', 'end_time', 'model_name', 'region', 'status', 'page_no', 'page_size'],
  }),
  row('GET', '/api/v1/tasks/{id}', 'task', {
    ...lookup,
    family: 'task',
    dialect: 'native',
    ownership: { kind: 'task', action: 'read' },
  }),
  row('POST', '/api/v1/tasks/{id}/cancel', 'task-cancel', {
    ...lookup,
    family: 'task',
    dialect: 'native',
    ownership: { kind: 'task', action: 'read' },
  }),
  row('GET', '/api/v1/uploads', 'upload-policy', {
    ...lookup,
    family: 'upload-policy',
    dialect: 'native',
    query: ['action', 'model'],
  }),
  // What the SDKs' `enable_encryption` fetches before it encrypts an input.
  row('GET', '/api/v1/public-keys/latest', 'public-key', {
    ...lookup,
    family: 'public-key',
    dialect: 'native',
  }),

  // OpenAI-compatible.
  row('POST', '/compatible-mode/v1/chat/completions', 'chat-completions', {
    ...compatible,
    family: 'chat',
    schema: chatCompletions,
  }),
  row('POST', '/compatible-mode/v1/embeddings', 'compatible-embeddings', {
    ...compatible,
    family: 'embeddings',
    schema: compatibleEmbeddings,
    stream: 'never',
  }),
  row('GET', '/compatible-mode/v1/models', 'models', { ...lookup, family: 'models', dialect: 'compatible' }),
  // A response can be named by a later one (`previous_response_id`), so two equal questions must not share one.
  row('POST', '/compatible-mode/v1/responses', 'responses', {
    ...compatible,
    family: 'responses',
    schema: responses,
    cacheable: false,
    usage: ['response', 'usage'],
  }),
  row('POST', '/compatible-mode/v1/files', 'file-upload', {
    ...lookup,
    family: 'file',
    dialect: 'compatible',
    body: 'multipart',
    ownership: { kind: 'file', action: 'create' },
  }),
  row('GET', '/compatible-mode/v1/files', 'file-list', {
    ...lookup,
    family: 'file',
    dialect: 'compatible',
    ownership: { kind: 'file', action: 'list' },
    query: ['after', 'limit', 'order', 'purpose', 'create_after', 'create_before'],
  }),
  row('GET', '/compatible-mode/v1/files/{id}', 'file', {
    ...lookup,
    family: 'file',
    dialect: 'compatible',
    ownership: { kind: 'file', action: 'read' },
  }),
  row('DELETE', '/compatible-mode/v1/files/{id}', 'file-delete', {
    ...lookup,
    family: 'file',
    dialect: 'compatible',
    ownership: { kind: 'file', action: 'delete' },
  }),
  row('GET', '/compatible-mode/v1/files/{id}/content', 'file-content', {
    ...lookup,
    family: 'file',
    dialect: 'compatible',
    ownership: { kind: 'file', action: 'read' },
  }),

  // Anthropic-compatible.
  row('POST', '/apps/anthropic/v1/messages', 'anthropic-messages', {
    ...compatible,
    family: 'anthropic',
    dialect: 'anthropic',
    schema: anthropicMessages,
    query: ['beta'],
  }),
]

/** The names a policy's `endpoints` may hold. */
export const endpointNames: readonly string[] = TABLE.map((endpoint) => endpoint.name)

function row(
  method: Endpoint['method'],
  path: string,
  name: string,
  rest: Omit<Endpoint, 'method' | 'pattern' | 'name'>,
): Endpoint {
  return { method, pattern: pathPattern(path), name, ...rest }
}

function submitRow(path: string, name: string): Endpoint {
  const traits = {
    family: 'submit',
    schema: submit,
    stream: 'never',
    cacheable: false,
    ownership: createsTask,
  } as const
  return row('POST', path, name, { ...native, ...traits })
}

/** What a method and a path stand for: an endpoint with its `{id}`, the methods that would be allowed, or nothing. */
export type Found =
  | { kind: 'endpoint'; endpoint: Endpoint; id: string | undefined }
  | { kind: 'wrong-method'; allowed: readonly string[]; dialect: Dialect }
  | { kind: 'nothing' }

const exact = new Map<string, Endpoint>()
for (const endpoint of TABLE)
  if (!endpoint.pattern.hasId) exact.set(`${endpoint.method} ${endpoint.pattern.prefix}`, endpoint)

/** Finds the row for a method and a path (without query; one trailing slash is the same path, as DashScope's clients send it). */
export function findEndpoint(method: string, path: string): Found {
  const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  const direct = exact.get(`${method} ${plain}`)
  if (direct) return { kind: 'endpoint', endpoint: direct, id: undefined }
  const allowed: string[] = []
  let dialect: Dialect = 'native'
  for (const endpoint of TABLE) {
    const match = matchPath(endpoint.pattern, plain)
    if (!match) continue
    if (endpoint.method === method) return { kind: 'endpoint', endpoint, id: match.id }
    allowed.push(endpoint.method)
    dialect = endpoint.dialect
  }
  return allowed.length > 0 ? { kind: 'wrong-method', allowed, dialect } : { kind: 'nothing' }
}

/** The dialect a path's own clients read, also where the path is not in the table. */
export function dialectOfPath(path: string): Dialect {
  if (path.startsWith('/compatible-')) return 'compatible'
  return path.startsWith('/apps/anthropic/') ? 'anthropic' : 'native'
}
