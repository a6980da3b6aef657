import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { numberOf } from '../json.ts'
import { invalid } from '../problems.ts'
import { countTokens } from '../tokens.ts'
import { batchLimit, defaultDimension, vectorInBase64, vectorOf } from '../vectors.ts'

/** Answers POST /compatible-mode/v1/embeddings in OpenAI's format, with vectors as numbers or in Base64. */
export function compatibleEmbeddings({ body, model, requestId }: Exchange): EmulatorResponse {
  const input = typeof body.input === 'string' ? [body.input] : body.input
  const texts = Array.isArray(input) ? input.filter((text): text is string => typeof text === 'string') : []
  if (!Array.isArray(input) || input.length === 0 || texts.length !== input.length) {
    return invalid('Value error, contents is neither str nor list of str.: input.contents')
  }
  if (texts.length > batchLimit(model)) {
    return invalid(`Value error, batch size is invalid, it should not be larger than ${batchLimit(model)}.`)
  }
  const dimension = numberOf(body.dimensions) ?? defaultDimension(model)
  const data = texts.map((text, index) => {
    const vector = vectorOf(text, dimension)
    const embedding = body.encoding_format === 'base64' ? vectorInBase64(vector) : vector
    return { embedding, index, object: 'embedding' }
  })
  const total = texts.reduce((sum, text) => sum + countTokens(text), 0)
  return {
    kind: 'json',
    body: {
      data,
      model,
      object: 'list',
      usage: { prompt_tokens: total, total_tokens: total },
      id: requestId,
    },
    usage: { input_tokens: total, output_tokens: 0, total_tokens: total },
  }
}
