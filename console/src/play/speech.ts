import { readEvents } from '../../client/events.ts'
import { errorIn, GatewayFailure } from '../gateway/failure.ts'
import type { Made } from './make.ts'
import { fromBase64, SPOKEN_RATE, wavOf } from './pcm.ts'
import { at, text } from './read.ts'

/**
 * Collects the audio of a stream for playback: the file at DashScope's storage is on another host, from which the
 * console loads nothing.
 *
 * @throws GatewayFailure for an error within the stream.
 */
export async function spokenIn(response: Response): Promise<{ made: Made; sound?: string }> {
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let url = ''
  if (!response.body) throw new GatewayFailure(0, '')
  for await (const { event, data } of readEvents(response.body)) {
    const body: unknown = JSON.parse(data)
    if (event === 'error') {
      const { code, message } = errorIn(body)
      throw new GatewayFailure(200, message, { code })
    }
    const { data: samples, url: address } = at(body, 'output', 'audio')
    if (text(samples)) pieces.push(fromBase64(text(samples)))
    if (text(address)) url = text(address)
  }
  const made = { text: '', urls: /^https?:/i.test(url) ? [url] : [] }
  return pieces.length > 0 ? { made, sound: URL.createObjectURL(wavOf(pieces, SPOKEN_RATE)) } : { made }
}
