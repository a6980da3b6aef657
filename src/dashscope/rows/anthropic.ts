import type { Endpoint } from '../endpoint.ts'
import { anthropicCountTokens, anthropicMessages } from '../schemas/anthropic.ts'
import { compatible, computed, row } from './row.ts'

/** The Anthropic-compatible API. */
export const ANTHROPIC: readonly Endpoint[] = [
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
  // Free.
  row('POST', '/apps/anthropic/v1/messages/count_tokens', 'anthropic-count-tokens', {
    ...computed,
    dialect: 'anthropic',
    isOptional: true,
    body: 'json',
    schema: anthropicCountTokens,
    query: ['beta'],
  }),
]
