import { digest } from '../digest.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { type JsonObject, listOf, objectOf, textOf } from '../json.ts'
import { invalid } from '../problems.ts'
import { countTokens } from '../tokens.ts'

/** Answers POST /compatible-mode/v1/systemone: for each question the option chosen by the state's digest. */
export function decision({ body, model, requestId }: Exchange): EmulatorResponse {
  const questions = Object.entries(objectOf(body.questions))
  if (questions.length === 0) return invalid('questions must not be empty')
  const state = JSON.stringify(body.state ?? '')
  const answers = Object.fromEntries(
    questions.map(([name, question]) => [name, answerTo(objectOf(question), state + name)]),
  )
  const input = countTokens(JSON.stringify(body.questions)) + countTokens(state)
  const usage = { input_tokens: input, output_tokens: 0, total_tokens: input }
  return { kind: 'json', body: { model, answers, usage, latency_ms: 12, request_id: requestId }, usage }
}

function answerTo({ type, criteria }: JsonObject, seed: string): JsonObject {
  if (textOf(type) === 'noul') return { type, noul: (digest(seed) % 100) / 100 }
  const options = Array.isArray(criteria) ? listOf(criteria).map(String) : Object.keys(objectOf(criteria))
  const picked = digest(seed) % Math.max(1, options.length)
  const probabilities = Object.fromEntries(options.map((option, index) => [option, index === picked ? 1 : 0]))
  return type === 'score'
    ? { type, score: picked, probabilities, confidence: 1 }
    : { type: 'choice', choice: options[picked] ?? '', probabilities, confidence: 1 }
}
