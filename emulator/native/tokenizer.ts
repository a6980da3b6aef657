import { lastUserText } from '../brain/question.ts'
import { readTurns } from '../brain/read.ts'
import { digest } from '../digest.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { objectOf } from '../json.ts'

/** Token ids stay below the size of Qwen's vocabulary. */
const VOCABULARY = 151_643

/** Answers POST /api/v1/tokenizer with the emulator's own tokens: four code points each. */
export function tokenizer({ body, requestId }: Exchange): EmulatorResponse {
  const input = objectOf(body.input)
  const text = typeof input.prompt === 'string' ? input.prompt : lastUserText(readTurns(input.messages))
  const tokens = text.match(/.{1,4}/gsu) ?? []
  const ids = tokens.map((token) => digest(token) % VOCABULARY)
  return {
    kind: 'json',
    body: {
      output: { token_ids: ids, tokens: [...tokens] },
      usage: { input_tokens: tokens.length },
      request_id: requestId,
    },
  }
}
