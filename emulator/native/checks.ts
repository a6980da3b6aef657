import type { Answer, Exchange } from '../exchange.ts'
import { objectOf, textOf } from '../json.ts'

/** Answers the checks of an image before an avatar or try-on is made of it; each is billed by the image, passed or not. */
export function checkImage({ requestId }: Exchange): Answer {
  return {
    kind: 'json',
    body: { output: { check_pass: true, humanoid: true }, usage: { image_count: 1 }, request_id: requestId },
  }
}

/** Answers POST /api/v1/services/audio/tts/SpeechSynthesizer, which is billed by the character. */
export function synthesizeSpeech({ body, requestId }: Exchange): Answer {
  const text = textOf(objectOf(body.input).text)
  return {
    kind: 'json',
    body: {
      output: {
        finish_reason: 'stop',
        audio: { data: '', url: 'http://dashscope-result.example/speech.wav' },
      },
      usage: { characters: [...text].length },
      request_id: requestId,
    },
  }
}
