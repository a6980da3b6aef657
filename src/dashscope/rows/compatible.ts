import type { Endpoint } from '../endpoint.ts'
import { chatCompletions, compatibleEmbeddings, completions, decision } from '../schemas/compatible.ts'
import { compatible, computed, generated, lookup, row } from './row.ts'

/** The OpenAI-compatible API without files and stored objects. */
export const COMPATIBLE: readonly Endpoint[] = [
  row('POST', '/compatible-mode/v1/chat/completions', 'chat-completions', {
    ...compatible,
    ...generated,
    schema: chatCompletions,
    hasBatchChat: true,
    stream: 'body',
    streamFormat: 'chat',
    systemMessage: 'messages',
  }),
  // Fill-in-the-middle of the coder models; Beijing only.
  row('POST', '/compatible-mode/v1/completions', 'completions', {
    ...compatible,
    isGenerated: true,
    lengthFields: ['max_tokens'],
    schema: completions,
    stream: 'body',
    streamFormat: 'completion',
    regions: ['beijing'],
  }),
  // Answers typed questions about a state; available in two regions.
  row('POST', '/compatible-mode/v1/systemone', 'decision', {
    ...compatible,
    ...computed,
    schema: decision,
    regions: ['beijing', 'singapore'],
  }),
  row('POST', '/compatible-mode/v1/embeddings', 'compatible-embeddings', {
    ...compatible,
    ...computed,
    schema: compatibleEmbeddings,
  }),
  row('GET', '/compatible-mode/v1/models', 'models', { ...lookup, dialect: 'compatible', lists: 'models' }),
  row('GET', '/compatible-mode/v1/models/{model}', 'model', {
    ...lookup,
    dialect: 'compatible',
    lists: 'model',
  }),
]
