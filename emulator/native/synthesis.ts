import { cutForStream, faultPieces } from '../brain/pieces.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { type Frame, nativeFrame } from '../frames.ts'
import { type JsonObject, objectOf, textOf } from '../json.ts'
import { invalid } from '../problems.ts'
import { resultAddress } from '../results.ts'
import { unitsOf } from '../tokens.ts'

const FORMATS = ['mp3', 'wav', 'pcm', 'opus']

/**
 * Answers POST /api/v1/services/audio/tts/SpeechSynthesizer, which is billed per character. A stream has a
 * `sentence-begin`, audio pieces and a `sentence-end`; its samples are the text in UTF-8.
 */
export function synthesizeSpeech({ body, fault, requestId, streams, url }: Exchange): EmulatorResponse {
  const input = objectOf(body.input)
  const text = textOf(input.text)
  const format = textOf(input.format) || 'mp3'
  if (text === '') return invalid('Field required: input.text')
  if (textOf(input.voice) === '') return invalid('Field required: input.voice')
  if (!FORMATS.includes(format)) return invalid(`Invalid format: ${format}`)
  const usage = { characters: [...text].length }
  const id = `audio_${requestId}`
  const end = {
    finish_reason: 'stop',
    audio: { data: '', url: resultAddress(url.origin, requestId, format), id },
  }
  const logged = unitsOf(usage)
  if (!streams) return { kind: 'json', body: { output: end, usage, request_id: requestId }, usage: logged }
  const frames: Frame[] = []
  const add = (output: JsonObject): void => {
    const data = { output, usage, request_id: requestId }
    frames.push({ text: nativeFrame(frames.length + 1, data), usage: logged })
  }
  const sentence = { index: 0, words: [] }
  add({
    finish_reason: 'null',
    type: 'sentence-begin',
    original_text: text,
    sentence,
    audio: { data: '', id },
  })
  for (const piece of faultPieces(fault) ?? cutForStream(text)) {
    const bytes = new TextEncoder().encode(piece)
    const data = btoa(String.fromCharCode(...bytes))
    add({ finish_reason: 'null', type: 'sentence-synthesis', sentence, audio: { data, id } })
  }
  add({ finish_reason: 'null', type: 'sentence-end', original_text: text, sentence, audio: { data: '', id } })
  add(end)
  return { kind: 'stream', frames }
}
