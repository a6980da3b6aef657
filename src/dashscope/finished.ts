import { isJsonObject, type JsonObject } from '../lib/json/object.ts'

/**
 * The finish reasons of complete responses (API references of the three dialects). After any other, such as
 * `content_filter`, `insufficient_system_resource`, `refusal`, `pause_turn` or the native text `null`, the same
 * request may get a different result.
 */
const FINISHED: ReadonlySet<unknown> = new Set(['stop', 'length', 'tool_calls', 'function_call'])
const FINISHED_MESSAGE: ReadonlySet<unknown> = new Set([
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
])

/**
 * Whether a whole response holds a complete result, judged by its format: choices, a message, vectors, a ranking, the
 * answers of the decision model or the output of another native service.
 */
export function isFinished(body: JsonObject): boolean {
  if (isJsonObject(body.output)) return isFinishedOutput(body.output)
  if ('choices' in body) return areFinishedChoices(body.choices)
  if ('stop_reason' in body || Array.isArray(body.content)) return FINISHED_MESSAGE.has(body.stop_reason)
  if ('answers' in body) return isJsonObject(body.answers) && Object.keys(body.answers).length > 0
  if ('data' in body) return areVectors(body.data)
  return isFilled(body.results)
}

function isFinishedOutput(output: JsonObject): boolean {
  if ('choices' in output) return areFinishedChoices(output.choices)
  if ('finish_reason' in output) return FINISHED.has(output.finish_reason)
  if ('embeddings' in output) return areVectors(output.embeddings)
  if ('results' in output) return isFilled(output.results)
  return Object.keys(output).length > 0
}

function areFinishedChoices(choices: unknown): boolean {
  return isFilled(choices) && choices.every((choice) => FINISHED.has(Object(choice).finish_reason))
}

function areVectors(rows: unknown): boolean {
  return isFilled(rows) && rows.every((row) => hasVector(Object(row)))
}

/** A vector is a list of numbers, or base64; a sparse one has a separate member. */
function hasVector({ embedding, sparse_embedding: sparse }: JsonObject): boolean {
  return (typeof embedding === 'string' && embedding !== '') || isFilled(embedding) || isFilled(sparse)
}

function isFilled(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0
}
