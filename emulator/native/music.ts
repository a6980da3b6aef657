import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { nativeFrame } from '../frames.ts'
import { type JsonObject, objectOf, textOf } from '../json.ts'
import { invalid } from '../problems.ts'
import { unitsOf } from '../tokens.ts'

/** Number of pieces of a streamed song. */
const PIECES = 3

/** Answers POST /api/v1/services/audio/music/generation: a second of song for each character of lyrics or prompt. */
export function composeMusic({ body, requestId, streams }: Exchange): EmulatorResponse {
  const input = objectOf(body.input)
  const text = textOf(input.lyrics) || textOf(input.prompt)
  if (text === '') return invalid('Field required: input.prompt')
  const usage = { duration: Array.from(text).length }
  const url = `http://dashscope-result-bj.oss-cn-beijing.aliyuncs.com/${requestId}/song.mp3`
  const end = { output: { finish_reason: 'stop', audio: { data: '', url } }, usage, request_id: requestId }
  const logged = unitsOf({ seconds: usage.duration })
  if (!streams) return { kind: 'json', body: end, usage: logged }
  const pieces = Array.from({ length: PIECES }, (_, index): JsonObject => {
    const audio = { data: base64(`${text} ${index}`), url: '' }
    return { output: { finish_reason: 'null', audio }, usage: {}, request_id: requestId }
  })
  const frames = [...pieces, end].map((frame, index) => ({
    text: nativeFrame(index + 1, frame),
    usage: logged,
  }))
  return { kind: 'stream', frames }
}

/** Base64 of a text in UTF-8; lone surrogates become U+FFFD. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
