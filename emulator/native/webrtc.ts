import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { invalid } from '../problems.ts'

/** Answers POST /api/v1/webrtc/realtime: an SDP answer, after which no media is sent. */
export function answerOffer({ model, raw }: Exchange): EmulatorResponse {
  const offer = new TextDecoder().decode(raw)
  if (!offer.startsWith('v=0')) return invalid('The request body is not an SDP offer.')
  if (!offer.includes('m=audio')) return invalid('The offer must contain m=audio.')
  if (!model.includes('realtime')) return invalid('url error, please check url!')
  const answer = [
    'v=0',
    'o=emulator 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    '',
  ]
  return {
    kind: 'bytes',
    bytes: new TextEncoder().encode(answer.join('\r\n')),
    contentType: 'application/sdp',
  }
}
