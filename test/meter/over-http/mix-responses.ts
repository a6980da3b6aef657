import { CHAT, chatBody, MESSAGES, messagesBody, nativeBody, SSE, TEXT } from '../../harness/caller.ts'
import type { Kind, Question } from './mix-kind.ts'

const APP = '/api/v1/apps/abc/completion'
const MULTIMODAL = '/api/v1/services/aigc/multimodal-generation/generation'
const EMBEDDINGS = '/api/v1/services/embeddings/text-embedding/text-embedding'
const RESPONSES = '/compatible-mode/v1/responses'
const IMAGE = 'https://images.example/dog.png'
const USAGE = { stream: true, stream_options: { include_usage: true } }

function native(kind: string, model: string, share: number, headers = {}, parameters = {}): Kind {
  return {
    kind,
    model,
    share,
    make: (text) => ({ path: TEXT, headers, body: nativeBody(model, text, parameters) }),
  }
}

function chat(kind: string, model: string, share: number, more = {}): Kind {
  return { kind, model, share, make: (text) => ({ path: CHAT, body: chatBody(model, text, more) }) }
}

function message(kind: string, model: string, share: number, more = {}): Kind {
  return { kind, model, share, make: (text) => ({ path: MESSAGES, body: messagesBody(model, text, more) }) }
}

function response(kind: string, model: string, share: number, more = {}): Kind {
  return { kind, model, share, make: (text) => ({ path: RESPONSES, body: { model, input: text, ...more } }) }
}

function multimodal(kind: string, model: string, share: number, headers = {}): Kind {
  const content = (text: string) => [{ image: IMAGE }, { text }]
  return {
    kind,
    model,
    share,
    make: (text) => ({
      path: MULTIMODAL,
      headers,
      body: { model, input: { messages: [{ role: 'user', content: content(text) }] } },
    }),
  }
}

function other(kind: string, model: string, share: number, make: (text: string) => Question): Kind {
  return { kind, model, share, make }
}

/** Texts, vectors and scores: billed by tokens. */
export const RESPONSE_KINDS: readonly Kind[] = [
  native('native', 'qwen-max', 30),
  native('native stream', 'qwen-turbo', 40, SSE, { incremental_output: true }),
  native('native stream of whole texts', 'qwen-plus', 40, SSE),
  native('native stream of three choices', 'qwen-plus-2025-07-28', 30, SSE, {
    n: 3,
    incremental_output: true,
  }),
  native('thinking', 'qwen-plus-latest', 30, SSE, { enable_thinking: true, incremental_output: true }),
  { ...native('asked again', 'qwen-long', 70), questions: 10 },
  { ...native('asked at once', 'fault-slow-400', 25), questions: 1, together: true },
  native('search', 'qwen3.6-flash', 20, {}, { enable_search: true, search_options: { forced_search: true } }),
  chat('chat', 'qwen-flash', 30),
  chat('chat of two choices', 'qwen-flash-2025-07-28', 20, { n: 2 }),
  chat('chat stream', 'qwen3-max', 30, USAGE),
  { ...chat('chat stream without usage', 'qwen3-max-preview', 40, { n: 2, stream: true }), limited: true },
  { ...chat('job', 'qwen3.8-flash', 10), later: 'job' },
  message('message', 'qwen3.5-plus', 30),
  message('message stream', 'qwen3.5-flash', 30, { stream: true }),
  response('response', 'qwen3.7-max', 10),
  response('response stream that searches', 'qwen3.7-plus', 20, {
    stream: true,
    tools: [{ type: 'web_search' }],
  }),
  multimodal('multimodal', 'qwen3-vl-plus', 20),
  multimodal('multimodal stream', 'qwen3-vl-flash', 20, SSE),
  other('application', 'app:abc', 20, (text) => ({ path: APP, body: { input: { prompt: text } } })),
  other('application stream', 'app:abc', 20, (text) => ({
    path: APP,
    headers: SSE,
    body: { input: { prompt: text } },
  })),
  other('completion', 'qwen-coder-turbo', 10, (prompt) => ({
    path: '/compatible-mode/v1/completions',
    body: { model: 'qwen-coder-turbo', prompt },
  })),
  other('embedding', 'text-embedding-v4', 20, (text) => ({
    path: EMBEDDINGS,
    body: { model: 'text-embedding-v4', input: { texts: [text, 'b'] } },
  })),
  other('compatible embedding', 'text-embedding-v3', 20, (text) => ({
    path: '/compatible-mode/v1/embeddings',
    body: { model: 'text-embedding-v3', input: [text] },
  })),
  other('scores', 'gte-rerank-v2', 10, (query) => ({
    path: '/api/v1/services/rerank/text-rerank/text-rerank',
    body: { model: 'gte-rerank-v2', input: { query, documents: ['hello', 'world'] } },
  })),
  other('flat scores', 'qwen3-rerank', 10, (query) => ({
    path: '/compatible-api/v1/reranks',
    body: { model: 'qwen3-rerank', query, documents: ['hello', 'world'] },
  })),
]
