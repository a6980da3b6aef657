import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { listOf, numberOf, objectOf, textOf } from '../json.ts'
import { invalid, problem } from '../problems.ts'
import { countTokens } from '../tokens.ts'
import { batchLimit, defaultDimension, vectorOf } from '../vectors.ts'
import { asksForTask, refuseTask, submitTask } from './tasks.ts'

/** The kinds of contents of multimodal embeddings. */
const CONTENT_KINDS = ['text', 'image', 'video', 'multi_images']

/**
 * Answers POST /api/v1/services/embeddings/text-embedding/text-embedding; models named `…-async-…` take a URL in
 * `input.url` and respond with a task.
 */
export function textEmbedding(exchange: Exchange): EmulatorResponse {
  const { body, model, requestId } = exchange
  if (model.includes('-async-')) return submitTask(exchange)
  if (asksForTask(exchange)) return refuseTask()
  const texts = listOf(objectOf(body.input).texts)
  if (body.input === undefined) return problem('BadRequest.EmptyInput')
  if (texts.length === 0 || !texts.every((text) => typeof text === 'string')) {
    return invalid('Value error, contents is neither str nor list of str.: input.contents')
  }
  if (texts.length > batchLimit(model)) {
    return invalid(`Value error, batch size is invalid, it should not be larger than ${batchLimit(model)}.`)
  }
  const dimension = numberOf(objectOf(body.parameters).dimension) ?? defaultDimension(model)
  const embeddings = texts.map((text, index) => ({
    embedding: vectorOf(textOf(text), dimension),
    text_index: index,
  }))
  const total = texts.reduce<number>((sum, text) => sum + countTokens(textOf(text)), 0)
  return {
    kind: 'json',
    body: { output: { embeddings }, usage: { total_tokens: total }, request_id: requestId },
    usage: { input_tokens: total, output_tokens: 0, total_tokens: total },
  }
}

/** Answers POST /api/v1/services/embeddings/multimodal-embedding/multimodal-embedding. */
export function multimodalEmbedding(exchange: Exchange): EmulatorResponse {
  const { body, model, requestId } = exchange
  if (asksForTask(exchange)) return refuseTask()
  const contents = listOf(objectOf(body.input).contents).map(objectOf)
  const kinds = contents.map((content) => CONTENT_KINDS.find((kind) => content[kind] !== undefined))
  if (contents.length === 0 || kinds.includes(undefined)) {
    return invalid('The item of content should be a message of a certain modal.')
  }
  const dimension = numberOf(objectOf(body.parameters).dimension) ?? defaultDimension(model)
  const embeddings = contents.map((content, index) => ({
    index,
    embedding: vectorOf(JSON.stringify(content), dimension),
    type: kinds[index],
  }))
  const images = kinds.filter((kind) => kind !== 'text').length
  const input = contents.reduce((sum, content) => sum + countTokens(textOf(content.text)), 0)
  return {
    kind: 'json',
    body: {
      output: { embeddings },
      usage: { input_tokens: input, image_tokens: images, total_tokens: input + images },
      request_id: requestId,
    },
    usage: { input_tokens: input + images, output_tokens: 0, total_tokens: input + images },
  }
}
