import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { listOf, numberOf, objectOf, textOf } from '../json.ts'
import { invalid } from '../problems.ts'
import { resultAddress } from '../results.ts'
import { unitsOf } from '../tokens.ts'

/** Maximum number of images per request. */
const MOST_IMAGES = 6
const DEFAULT_SIZE = '1024*1024'

/** Answers multimodal-generation for an image model: one choice per image; only one user message is allowed. */
export function pictures({ body: asked, requestId, url }: Exchange): EmulatorResponse {
  const [message, ...others] = listOf(objectOf(asked.input).messages)
  const content = listOf(objectOf(message).content).map(objectOf)
  const texts = content.filter(({ text }) => textOf(text) !== '')
  if (others.length > 0 || texts.length !== 1) return invalid('messages length only support 1')
  const parameters = objectOf(asked.parameters)
  const n = numberOf(parameters.n) ?? 1
  if (n < 1 || n > MOST_IMAGES) return invalid(`num_images_per_prompt must be 1 to ${MOST_IMAGES}`)
  const size = textOf(parameters.size) || DEFAULT_SIZE
  if (!/^\d+\*\d+$/.test(size) && !/^[124]K$/.test(size)) return invalid('size must be width*height')
  const [width, height] = size.split('*').map(Number)
  const choices = Array.from({ length: n }, (_, index) => ({
    finish_reason: 'stop',
    message: {
      role: 'assistant',
      content: [{ image: resultAddress(url.origin, `${requestId}:${index}`, 'png') }],
    },
  }))
  const usage = { width: width ?? 0, height: height ?? 0, image_count: n }
  const body = { output: { choices }, usage, request_id: requestId }
  return { kind: 'json', body, usage: unitsOf({ images: n }) }
}
