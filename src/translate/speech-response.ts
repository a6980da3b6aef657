import { GatewayError } from '../errors.ts'
import { fromBase64 } from '../lib/base64.ts'
import { type JsonObject, objectAt } from '../lib/json/object.ts'
import type { Translation } from '../proxy/translation.ts'
import { brokenEvent, openAiEvent, type StreamTranslation, translateStream } from './event-stream.ts'
import { readNative, textAt } from './native-response.ts'
import { relayFile, withType } from './relay-file.ts'

/** DashScope's audio formats. */
export type SpeechFormat = 'mp3' | 'wav' | 'pcm' | 'opus'

const TYPES: Readonly<Record<SpeechFormat, string>> = {
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
  opus: 'audio/opus',
}

const NOTHING = new Uint8Array(0)

/**
 * The response of the speech API: a file, or audio while it is generated.
 *
 * @param kind a file, or a stream: as plain audio, or in events.
 */
export function speechTranslation(format: SpeechFormat, kind: 'file' | 'audio' | 'events'): Translation {
  return {
    respond: async (upstream, context) => {
      if (upstream.kind === 'open' && upstream.body && kind !== 'file') {
        const translation = kind === 'events' ? speechEvents() : bareSpeech()
        const body = upstream.body.pipeThrough(translateStream(translation))
        const type = kind === 'events' ? 'text/event-stream; charset=utf-8' : TYPES[format]
        return { response: { ...upstream, headers: withType(upstream.headers, type), body } }
      }
      const read = readNative(upstream)
      if (read.kind === 'error') return { response: read.response }
      const address = textAt(read.output, 'audio', 'url')
      if (!address) {
        throw new GatewayError('upstream', "DashScope's response has no audio. Try again in a moment.")
      }
      return relayFile(address, TYPES[format], read.headers, context)
    },
  }
}

/** Joins the samples of all events into a file. */
function bareSpeech(): StreamTranslation {
  return {
    event: (output) => fromBase64(soundIn(output)) ?? NOTHING,
    end: () => NOTHING,
    broken: undefined,
  }
}

/** OpenAI's events `speech.audio.delta` and `speech.audio.done`. */
function speechEvents(): StreamTranslation {
  let usage: JsonObject = {}
  return {
    event: (output, seen) => {
      usage = seen ?? usage
      const audio = soundIn(output)
      return audio === '' ? NOTHING : openAiEvent({ type: 'speech.audio.delta', audio })
    },
    end: () => openAiEvent({ type: 'speech.audio.done', usage: tokensIn(usage) }),
    broken: brokenEvent,
  }
}

function soundIn(output: JsonObject): string {
  const data = objectAt(output, 'audio')?.data
  return typeof data === 'string' ? data : ''
}

/** Usage in OpenAI's format; models that are billed by characters report no tokens. */
function tokensIn({ input_tokens: input, output_tokens: output }: JsonObject): object {
  const count = (value: unknown) => (typeof value === 'number' ? value : 0)
  return {
    input_tokens: count(input),
    output_tokens: count(output),
    total_tokens: count(input) + count(output),
  }
}
