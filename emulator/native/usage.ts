import type { JsonObject } from '../json.ts'
import { isEarlyMultimodal } from '../models.ts'
import { type Counts, inputTokens } from '../tokens.ts'

/** The `usage` of text-generation. `strategy` is the search strategy of a call that searched. */
export function textUsage(counts: Counts, thinks: boolean, strategy: string | undefined): JsonObject {
  const input = inputTokens(counts)
  return {
    total_tokens: input + counts.output,
    output_tokens: counts.output,
    input_tokens: input,
    prompt_tokens_details: { cached_tokens: 0 },
    ...(thinks ? { output_tokens_details: { reasoning_tokens: counts.reasoning } } : {}),
    ...(strategy === undefined ? {} : { plugins: { search: { count: 1, strategy } } }),
  }
}

/** The `usage` of multimodal-generation: models from 2024 report no totals or details. */
export function multimodalUsage(model: string, counts: Counts, thinks: boolean): JsonObject {
  const input = inputTokens(counts)
  const media = {
    ...(counts.image > 0 ? { image_tokens: counts.image } : {}),
    ...(counts.video > 0 ? { video_tokens: counts.video } : {}),
    ...(counts.audio > 0 ? { audio_tokens: counts.audio } : {}),
  }
  const basic = { output_tokens: counts.output, input_tokens: input, ...media }
  if (isEarlyMultimodal(model)) return basic
  const reasoning = thinks ? { reasoning_tokens: counts.reasoning } : {}
  return {
    ...basic,
    total_tokens: input + counts.output,
    input_tokens_details: { text_tokens: counts.text, ...media },
    output_tokens_details: { text_tokens: counts.output - counts.reasoning, ...reasoning },
  }
}
