import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { countTokens } from '../tokens.ts'

/** Answers POST /apps/anthropic/v1/messages/count_tokens. */
export function countMessageTokens({ body }: Exchange): EmulatorResponse {
  return { kind: 'json', body: { input_tokens: countTokens(JSON.stringify(body.messages ?? [])) } }
}
