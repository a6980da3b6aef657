import { cutForStream } from '../brain/pieces.ts'
import { readQuestion } from '../brain/read.ts'
import { makeReplies, type Reply } from '../brain/reply.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { compatibleFrame, DONE_FRAME, type Frame } from '../frames.ts'
import { type JsonObject, objectOf, textOf } from '../json.ts'
import { invalid } from '../problems.ts'
import { type Counts, countInput, countTokens, inputTokens, usageOf } from '../tokens.ts'

const NO_MEDIA = { images: 0, videoFiles: 0, videoFrames: 0, audios: 0 }

/** The markers of fill-in-the-middle, which are not part of the text. */
const MARKERS = /<\|fim_(?:prefix|suffix|middle)\|>/g

/** Answers POST /compatible-mode/v1/completions: the text after a prefix, or between a prefix and a suffix. */
export function completions(exchange: Exchange): EmulatorResponse {
  const { body, fault, model, requestId, streams } = exchange
  const prompt = textOf(body.prompt)
  if (prompt === '') return invalid("'prompt' is a required property")
  const content = prompt.replace(MARKERS, ' ').trim()
  const turn = { role: 'user', text: content, media: NO_MEDIA, addresses: [] }
  const question = readQuestion(model, [turn], body, false, [])
  const replies = makeReplies(question, fault, requestId)
  const input = countInput([prompt, textOf(body.suffix)], NO_MEDIA)
  const counts = {
    ...input,
    output: replies.reduce((sum, { text }) => sum + countTokens(text), 0),
  }
  if (streams) return { kind: 'stream', frames: chunks(exchange, replies, counts) }
  const choices = replies.map(({ text, finish }, index) => choice(index, text, finish))
  return {
    kind: 'json',
    body: { ...envelope(exchange), choices, usage: usageIn(counts) },
    usage: usageOf(counts),
  }
}

function envelope({ model, now, requestId }: Exchange): JsonObject {
  return { id: `cmpl-${requestId}`, object: 'text_completion', created: Math.floor(now / 1000), model }
}

function choice(index: number, text: string, finish: string | null): JsonObject {
  return { text, index, logprobs: null, finish_reason: finish }
}

function chunks(exchange: Exchange, replies: Reply[], counts: Counts): Frame[] {
  const frames: Frame[] = []
  const add = (choices: JsonObject[], usage: JsonObject | null): void => {
    const data = { ...envelope(exchange), choices, usage }
    frames.push({ text: compatibleFrame(data), usage: usageOf(counts) })
  }
  for (const [index, { text, pieces, finish }] of replies.entries()) {
    for (const piece of pieces.length > 0 ? pieces : cutForStream(text))
      add([choice(index, piece, null)], null)
    add([choice(index, '', finish)], null)
  }
  if (objectOf(exchange.body.stream_options).include_usage === true) add([], usageIn(counts))
  return [...frames, { text: DONE_FRAME, usage: undefined }]
}

function usageIn(counts: Counts): JsonObject {
  const input = inputTokens(counts)
  return { prompt_tokens: input, completion_tokens: counts.output, total_tokens: input + counts.output }
}
