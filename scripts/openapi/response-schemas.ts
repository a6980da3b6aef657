import type { Endpoint } from '../../src/dashscope/endpoint.ts'
import { list, object, ref, text, whole } from './shapes.ts'

type Json = Record<string, unknown>

const usage = (properties: Json) => ({ type: 'object', properties })

/** Responses of DashScope. They are relayed unchanged, so each may have more members than listed here. */
export const RESPONSE_SCHEMAS: Readonly<Record<string, Json>> = {
  NativeResponse: object(
    {
      output: {
        type: 'object',
        properties: {
          text: { type: ['string', 'null'] },
          finish_reason: { type: ['string', 'null'] },
          choices: list(object({ message: { type: 'object' }, finish_reason: text('') }, ['message'])),
          task_id: text('of a task that was submitted with X-DashScope-Async'),
          task_status: text(''),
        },
      },
      usage: usage({ input_tokens: whole(''), output_tokens: whole('') }),
      request_id: text("DashScope's own id"),
    },
    ['output'],
  ),
  Task: object(
    {
      output: object(
        {
          task_id: text(''),
          task_status: { enum: ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'UNKNOWN'] },
        },
        ['task_status'],
      ),
      request_id: text(''),
    },
    ['output'],
  ),
  ChatCompletion: object(
    {
      id: text(''),
      object: text(''),
      created: whole(''),
      model: text(''),
      choices: list(
        object(
          { index: whole(''), message: { type: 'object' }, finish_reason: { type: ['string', 'null'] } },
          ['message'],
        ),
      ),
      usage: usage({ prompt_tokens: whole(''), completion_tokens: whole(''), total_tokens: whole('') }),
    },
    ['choices'],
  ),
  Embeddings: object({ data: list(object({ embedding: {}, index: whole('') }, ['embedding'])) }),
  ModelList: object({ object: text(''), data: list(object({ id: text('') })) }, ['data']),
  Response: object({ id: text(''), object: text(''), status: text(''), output: list({ type: 'object' }) }, [
    'id',
  ]),
  Conversation: object({ id: text(''), object: text('') }, ['id']),
  File: object({ id: text(''), object: text(''), filename: text(''), bytes: whole('') }, ['id']),
  FileList: object({ data: list(ref('File')) }),
  Deleted: object({ id: text(''), deleted: { type: 'boolean' } }, ['id']),
  AnthropicMessage: object({
    id: text(''),
    type: { const: 'message' },
    role: { const: 'assistant' },
    content: list({ type: 'object' }),
    usage: usage({ input_tokens: whole(''), output_tokens: whole('') }),
  }),
  TokenCount: object({ input_tokens: whole('') }),
}

/** Schemas of responses that cannot be derived from the endpoint's row. */
const BY_NAME: Readonly<Record<string, string>> = {
  'chat-completions': 'ChatCompletion',
  'compatible-embeddings': 'Embeddings',
  models: 'ModelList',
  responses: 'Response',
  response: 'Response',
  'app-responses': 'Response',
  'app-response': 'Response',
  'response-cancel': 'Response',
  'app-response-cancel': 'Response',
  'response-delete': 'Deleted',
  'app-response-delete': 'Deleted',
  'conversation-update': 'Conversation',
  'conversation-delete': 'Deleted',
  'conversation-create': 'Conversation',
  conversation: 'Conversation',
  'file-upload': 'File',
  file: 'File',
  'file-list': 'FileList',
  'file-delete': 'Deleted',
  'anthropic-messages': 'AnthropicMessage',
  'anthropic-count-tokens': 'TokenCount',
  task: 'Task',
  'text-generation': 'NativeResponse',
  'multimodal-generation': 'NativeResponse',
  'app-completion': 'NativeResponse',
}

/** The schema of a whole response of an endpoint. */
export function responseSchemaOf({ name, ownership, stream, isDownload }: Endpoint): Json {
  if (isDownload) return {}
  const isTask = stream === 'never' && ownership?.kind === 'task' && ownership.action === 'create'
  const known = BY_NAME[name] ?? (isTask ? 'Task' : '')
  return known ? ref(known) : { type: 'object' }
}
