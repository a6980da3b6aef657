import { countMessageTokens } from './anthropic/count-tokens.ts'
import { anthropicMessages } from './anthropic/messages.ts'
import { cancelBatch, createBatch, getBatch, listBatches } from './compatible/batches.ts'
import { chatCompletions } from './compatible/chat.ts'
import { completions } from './compatible/completions.ts'
import {
  createConversation,
  createItems,
  deleteConversation,
  deleteItem,
  getConversation,
  getItem,
  listItems,
  updateConversation,
} from './compatible/conversations.ts'
import { decision } from './compatible/decision.ts'
import { compatibleEmbeddings } from './compatible/embeddings.ts'
import { deleteFile, getFile, getFileContent, listFiles, uploadFile } from './compatible/files.ts'
import { compatibleModel, compatibleModels, nativeModels } from './compatible/models.ts'
import { applicationResponses, responses } from './compatible/responses.ts'
import { cancelResponse, deleteResponse, getResponse, listInputItems } from './compatible/stored-responses.ts'
import type { Dialect } from './dialects.ts'
import type { Endpoint } from './exchange.ts'
import { applicationCompletion } from './native/applications.ts'
import { checkImage } from './native/checks.ts'
import { customize } from './native/customization.ts'
import { multimodalEmbedding, textEmbedding } from './native/embeddings.ts'
import { deleteNativeFile, getNativeFile, listNativeFiles, uploadNativeFile } from './native/files.ts'
import { multimodalGeneration, textGeneration } from './native/generation.ts'
import { composeMusic } from './native/music.ts'
import { latestPublicKey } from './native/public-keys.ts'
import { synthesizeSpeech } from './native/synthesis.ts'
import { listTasks } from './native/task-list.ts'
import { cancelTask, getTask, submitTask } from './native/tasks.ts'
import { tokenizer } from './native/tokenizer.ts'
import { uploadPolicy } from './native/uploads.ts'
import { answerOffer } from './native/webrtc.ts'
import { flatRerank, nestedRerank } from './rerank.ts'
import type { Manner } from './respond.ts'

/**
 * The route of an endpoint: method and path, how its responses are sent, and whether its body must name an existing
 * model.
 */
export interface Route {
  method: string
  path: RegExp
  manner: Manner
  needsModel: boolean
  endpoint: Endpoint
}

const SERVICES = '/api/v1/services'
const COMPATIBLE = '/compatible-mode/v1'

/**
 * In paths, `{}` matches one segment and `{*}` the rest; a trailing slash is always allowed, as background-generation
 * has one.
 */
const ROUTES: readonly Route[] = [
  model(`${SERVICES}/aigc/text-generation/generation`, textGeneration),
  model(`${SERVICES}/aigc/multimodal-generation/generation`, multimodalGeneration),
  model(`${SERVICES}/aigc/text2image/image-synthesis`, submitTask),
  model(`${SERVICES}/aigc/image2image/image-synthesis`, submitTask),
  model(`${SERVICES}/aigc/image-generation/generation`, submitTask),
  model(`${SERVICES}/aigc/background-generation/generation`, submitTask),
  model(`${SERVICES}/aigc/video-generation/video-synthesis`, submitTask),
  model(`${SERVICES}/aigc/image2video/video-synthesis`, submitTask),
  model(`${SERVICES}/audio/asr/transcription`, submitTask),
  model(`${SERVICES}/aigc/image2image/out-painting`, submitTask),
  model(`${SERVICES}/aigc/virtualmodel/generation`, submitTask),
  model(`${SERVICES}/aigc/wordart/texture`, submitTask),
  model(`${SERVICES}/aigc/wordart/semantic`, submitTask),
  model(`${SERVICES}/aigc/video-generation/3d-generation`, submitTask),
  model(`${SERVICES}/aigc/image2video/aa-template-generation`, submitTask),
  model(`${SERVICES}/aigc/image2video/face-detect`, checkImage),
  model(`${SERVICES}/aigc/image2video/aa-detect`, checkImage),
  model(`${SERVICES}/vision/image-process/process`, checkImage),
  model(`${SERVICES}/audio/tts/customization`, customize),
  model(`${SERVICES}/audio/asr/customization`, customize),
  model(`${SERVICES}/audio/tts/SpeechSynthesizer`, synthesizeSpeech),
  model(`${SERVICES}/audio/music/generation`, composeMusic),
  model(`${SERVICES}/embeddings/text-embedding/text-embedding`, textEmbedding),
  model(`${SERVICES}/embeddings/multimodal-embedding/multimodal-embedding`, multimodalEmbedding),
  model(`${SERVICES}/rerank/text-rerank/text-rerank`, nestedRerank),
  model('/api/v1/tokenizer', tokenizer),
  { ...model('/api/v1/apps/{}/completion', applicationCompletion), needsModel: false },
  management('GET', '/api/v1/models', nativeModels),
  management('POST', '/api/v1/webrtc/realtime', answerOffer),
  management('GET', '/api/v1/public-keys/latest', latestPublicKey),
  management('GET', '/api/v1/tasks', listTasks),
  management('GET', '/api/v1/tasks/{}', getTask),
  management('POST', '/api/v1/tasks/{}/cancel', cancelTask),
  management('GET', '/api/v1/uploads', uploadPolicy),
  management('POST', '/api/v1/files', uploadNativeFile),
  management('GET', '/api/v1/files', listNativeFiles),
  management('GET', '/api/v1/files/{}', getNativeFile),
  management('DELETE', '/api/v1/files/{}', deleteNativeFile),
  model(`${COMPATIBLE}/chat/completions`, chatCompletions),
  model(`${COMPATIBLE}/completions`, completions),
  model(`${COMPATIBLE}/systemone`, decision),
  model(`${COMPATIBLE}/embeddings`, compatibleEmbeddings),
  model(`${COMPATIBLE}/responses`, responses),
  file('GET', `${COMPATIBLE}/responses/{}`, getResponse),
  file('DELETE', `${COMPATIBLE}/responses/{}`, deleteResponse),
  file('GET', `${COMPATIBLE}/responses/{}/input_items`, listInputItems),
  file('POST', `${COMPATIBLE}/responses/{}/cancel`, cancelResponse),
  model(`/api/v2/apps/protocols${COMPATIBLE}/responses`, responses),
  file('POST', `${COMPATIBLE}/conversations`, createConversation),
  file('GET', `${COMPATIBLE}/conversations/{}`, getConversation),
  file('POST', `${COMPATIBLE}/conversations/{}`, updateConversation),
  file('DELETE', `${COMPATIBLE}/conversations/{}`, deleteConversation),
  file('POST', `${COMPATIBLE}/conversations/{}/items`, createItems),
  file('GET', `${COMPATIBLE}/conversations/{}/items`, listItems),
  file('GET', `${COMPATIBLE}/conversations/{}/items/{}`, getItem),
  file('DELETE', `${COMPATIBLE}/conversations/{}/items/{}`, deleteItem),
  { ...model(`/api/v2/apps/agent/{}${COMPATIBLE}/responses`, applicationResponses), needsModel: false },
  file('GET', `/api/v2/apps/agent/{}${COMPATIBLE}/responses/{}`, getResponse),
  file('DELETE', `/api/v2/apps/agent/{}${COMPATIBLE}/responses/{}`, deleteResponse),
  file('POST', `/api/v2/apps/agent/{}${COMPATIBLE}/responses/{}/cancel`, cancelResponse),
  model('/compatible-api/v1/reranks', flatRerank),
  file('GET', `${COMPATIBLE}/models`, compatibleModels),
  file('GET', `${COMPATIBLE}/models/{*}`, compatibleModel),
  file('POST', `${COMPATIBLE}/files`, uploadFile),
  file('GET', `${COMPATIBLE}/files`, listFiles),
  file('GET', `${COMPATIBLE}/files/{}`, getFile),
  file('DELETE', `${COMPATIBLE}/files/{}`, deleteFile),
  file('GET', `${COMPATIBLE}/files/{}/content`, getFileContent),
  file('POST', `${COMPATIBLE}/batches`, createBatch),
  file('GET', `${COMPATIBLE}/batches`, listBatches),
  file('GET', `${COMPATIBLE}/batches/{}`, getBatch),
  file('POST', `${COMPATIBLE}/batches/{}/cancel`, cancelBatch),
  model('/apps/anthropic/v1/messages', anthropicMessages),
  model('/apps/anthropic/v1/messages/count_tokens', countMessageTokens),
]

function model(path: string, endpoint: Endpoint): Route {
  const manner: Manner = { headers: 'model', refusesInStream: true }
  return { method: 'POST', path: pattern(path), manner, needsModel: true, endpoint }
}

function management(method: string, path: string, endpoint: Endpoint): Route {
  const manner: Manner = { headers: 'management', refusesInStream: false }
  return { method, path: pattern(path), manner, needsModel: false, endpoint }
}

function file(method: string, path: string, endpoint: Endpoint): Route {
  const manner: Manner = { headers: 'file', refusesInStream: false }
  return { method, path: pattern(path), manner, needsModel: false, endpoint }
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('{}', '([^/]+)').replaceAll('{*}', '(.+)')}/?$`)
}

/** The routes at a path, one per method. */
export function routesAt(path: string): Route[] {
  return ROUTES.filter((route) => route.path.test(path))
}

/** The error dialect of a path, even if it is unknown. */
export function dialectOf(path: string): Dialect {
  if (path.startsWith('/apps/anthropic/')) return 'anthropic'
  if (/\/compatible-mode\/v1\/(?:responses|conversations)\b/.test(path)) return 'responses'
  return path.startsWith('/compatible-') ? 'compatible' : 'native'
}
