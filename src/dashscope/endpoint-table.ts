import type { Endpoint } from './endpoint.ts'
import {
  checkRow,
  compatible,
  compatibleFile,
  computed,
  createsTask,
  generated,
  lookup,
  native,
  ownsFile,
  ownsTask,
  row,
  submitRow,
} from './endpoint-rows.ts'
import { anthropicCountTokens, anthropicMessages } from './schemas/anthropic.ts'
import { chatCompletions, compatibleEmbeddings, flatRerank, responses } from './schemas/compatible.ts'
import {
  appCompletion,
  multimodalEmbedding,
  multimodalGeneration,
  nestedRerank,
  submit,
  textEmbedding,
  textGeneration,
} from './schemas/native.ts'

/** Cached multimodal responses may hold result URLs, which DashScope deletes after 24 hours; half of that stays useful. */
const MAX_MULTIMODAL_CACHE_SECONDS = 43_200

/** Every endpoint of DashScope that the gateway forwards. Everything else is 404 (promise P3). */
export const ENDPOINTS: readonly Endpoint[] = [
  // Native generation. With `X-DashScope-Async: enable` some of these respond with a task, hence `createsTask`.
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
  // An application keeps a session and may act on the world: not cached, bound to its account, not repeated once begun.
  row('POST', '/api/v1/apps/{id}/completion', 'app-completion', {
    ...native,
    schema: appCompletion,
    model: 'path',
    stream: 'header',
    isGenerated: true,
    cacheable: false,
    repeatable: 'refused',
    isAccountBound: true,
  }),

  // Async submits and their tasks.
  submitRow('/api/v1/services/aigc/text2image/image-synthesis', 'text-to-image', 'image'),
  submitRow('/api/v1/services/aigc/image2image/image-synthesis', 'image-to-image', 'image'),
  submitRow('/api/v1/services/aigc/image-generation/generation', 'image-generation', 'image'),
  submitRow('/api/v1/services/aigc/background-generation/generation', 'background-generation', 'image'),
  submitRow('/api/v1/services/aigc/video-generation/video-synthesis', 'video-generation', 'video'),
  submitRow('/api/v1/services/aigc/image2video/video-synthesis', 'image-to-video', 'video'),
  submitRow('/api/v1/services/audio/asr/transcription', 'transcription', 'transcript'),
  submitRow('/api/v1/services/aigc/image2image/out-painting', 'out-painting', 'image'),
  submitRow('/api/v1/services/aigc/virtualmodel/generation', 'virtual-model', 'image'),
  submitRow('/api/v1/services/aigc/wordart/texture', 'wordart-texture', 'image'),
  submitRow('/api/v1/services/aigc/wordart/semantic', 'wordart-semantic', 'image'),
  submitRow('/api/v1/services/aigc/video-generation/3d-generation', '3d-generation', 'model'),
  submitRow('/api/v1/services/aigc/image2video/aa-template-generation', 'animation-template', 'video'),
  // Checks of an image before an avatar or a try-on is made of it; billed by the image, passed or not.
  checkRow('/api/v1/services/aigc/image2video/face-detect', 'face-detect'),
  checkRow('/api/v1/services/aigc/image2video/aa-detect', 'animation-detect'),
  checkRow('/api/v1/services/vision/image-process/process', 'image-process'),
  // The audio is behind a URL that expires, so it is not cached.
  row('POST', '/api/v1/services/audio/tts/SpeechSynthesizer', 'speech-synthesis', {
    ...native,
    schema: submit,
    stream: 'header',
    cacheable: false,
  }),
  row('GET', '/api/v1/tasks', 'task-list', {
    ...lookup,
    ownership: { kind: 'task', action: 'list' },
    query: ['task_id', 'start_time', 'end_time', 'model_name', 'region', 'status', 'page_no', 'page_size'],
  }),
  row('GET', '/api/v1/tasks/{id}', 'task', { ...lookup, ownership: ownsTask }),
  row('POST', '/api/v1/tasks/{id}/cancel', 'task-cancel', {
    ...lookup,
    repeatable: 'refused',
    ownership: ownsTask,
  }),
  row('GET', '/api/v1/uploads', 'upload-policy', {
    ...lookup,
    model: 'query',
    isAccountBound: true,
    ownership: { kind: 'upload', action: 'create' },
    query: ['action', 'model'],
  }),
  // Fetched by the SDKs' `enable_encryption` before they encrypt an input.
  row('GET', '/api/v1/public-keys/latest', 'public-key', { ...lookup, isAccountBound: true }),

  // OpenAI-compatible.
  row('POST', '/compatible-mode/v1/chat/completions', 'chat-completions', {
    ...compatible,
    ...generated,
    schema: chatCompletions,
    stream: 'body',
    streamFormat: 'chat',
    systemMessage: 'messages',
  }),
  row('POST', '/compatible-mode/v1/embeddings', 'compatible-embeddings', {
    ...compatible,
    ...computed,
    schema: compatibleEmbeddings,
  }),
  row('GET', '/compatible-mode/v1/models', 'models', { ...lookup, dialect: 'compatible', isModelList: true }),
  // A later request can continue a response (`previous_response_id`), so two equal requests must not share one.
  row('POST', '/compatible-mode/v1/responses', 'responses', {
    ...compatible,
    schema: responses,
    stream: 'body',
    isGenerated: true,
    lengthFields: ['max_output_tokens'],
    thinking: 'effort',
    systemMessage: 'instructions',
    cacheable: false,
    isAccountBound: true,
    usage: ['response', 'usage'],
  }),
  // Files are uploaded for Qwen-Long (purpose `file-extract`), which is in Beijing only. An upload is large, and one
  // account owns it, so it is not repeated.
  row('POST', '/compatible-mode/v1/files', 'file-upload', {
    ...compatibleFile,
    body: 'multipart',
    regions: ['beijing'],
    repeatable: 'never',
    ownership: { kind: 'file', action: 'create' },
  }),
  row('GET', '/compatible-mode/v1/files', 'file-list', {
    ...compatibleFile,
    ownership: { kind: 'file', action: 'list' },
    query: ['after', 'limit', 'order', 'purpose', 'create_after', 'create_before'],
  }),
  row('GET', '/compatible-mode/v1/files/{id}', 'file', { ...compatibleFile, ownership: ownsFile }),
  row('DELETE', '/compatible-mode/v1/files/{id}', 'file-delete', {
    ...compatibleFile,
    repeatable: 'never',
    ownership: { kind: 'file', action: 'delete' },
  }),
  row('GET', '/compatible-mode/v1/files/{id}/content', 'file-content', {
    ...compatibleFile,
    isDownload: true,
    ownership: ownsFile,
  }),

  // Anthropic-compatible.
  row('POST', '/apps/anthropic/v1/messages', 'anthropic-messages', {
    ...compatible,
    dialect: 'anthropic',
    schema: anthropicMessages,
    stream: 'body',
    streamFormat: 'anthropic',
    isGenerated: true,
    lengthFields: ['max_tokens'],
    thinking: 'anthropic',
    systemMessage: 'system',
    query: ['beta'],
  }),
  // Costs nothing. Where DashScope has no such endpoint, its 404 is passed on.
  row('POST', '/apps/anthropic/v1/messages/count_tokens', 'anthropic-count-tokens', {
    ...computed,
    dialect: 'anthropic',
    body: 'json',
    schema: anthropicCountTokens,
    query: ['beta'],
  }),
]
