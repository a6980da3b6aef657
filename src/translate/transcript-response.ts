import { GatewayError } from '../errors.ts'
import { type JsonObject, objectAt, objectsAt, parseObject } from '../lib/json/object.ts'
import { bytesOf, textOf } from '../lib/json/utf8.ts'
import type { Translated, Translation, TranslationContext } from '../proxy/translation.ts'
import { resultOf } from './await-task.ts'
import { brokenEvent, openAiEvent, type StreamTranslation, translateStream } from './event-stream.ts'
import { failedTask, jsonResponse, textAt } from './native-response.ts'
import { withType } from './relay-file.ts'
import { readFile } from './result-file.ts'
import { type Transcript, toSrt, toVtt, transcriptIn } from './transcript.ts'

/** Formats for models that return timestamps. */
export const TIMED_FORMATS = ['json', 'text', 'verbose_json', 'srt', 'vtt'] as const

export type TranscriptFormat = (typeof TIMED_FORMATS)[number]

/** The options of a transcription. */
export interface TranscriptRequest {
  format: TranscriptFormat
  isStream: boolean
  hasWords: boolean
  hasSegments: boolean
}

/** Twelve hours of speech have about 10 MB with times for each word. */
const MAX_TRANSCRIPT_BYTES = 24 * 1024 * 1024

const NOTHING = new Uint8Array(0)

/** The response of the transcription API. */
export function transcriptTranslation(request: TranscriptRequest): Translation {
  return {
    respond: async (upstream, context) => {
      if (upstream.kind === 'open' && upstream.body && request.isStream) {
        const body = upstream.body.pipeThrough(translateStream(transcriptEvents()))
        const headers = withType(upstream.headers, 'text/event-stream; charset=utf-8')
        return { response: { ...upstream, headers, body } }
      }
      const result = await resultOf(upstream, context)
      if (result.kind === 'error') return result
      const { output, usage, headers } = result
      const [failed] = objectsAt(output, 'results')
      if (failed && failed.subtask_status === 'FAILED') return { response: failedTask(failed, headers) }
      const address =
        textAt(output, 'results', 0, 'transcription_url') ?? textAt(output, 'result', 'transcription_url')
      const transcript = address ? await readTranscript(address, context) : messageTranscript(output)
      const seconds = secondsIn(usage)
      return written({ ...transcript, duration: transcript.duration || seconds }, seconds, request, headers)
    },
  }
}

async function readTranscript(address: string, context: TranslationContext): Promise<Transcript> {
  const file = parseObject(textOf(await readFile(address, context, MAX_TRANSCRIPT_BYTES)))
  if (file) return transcriptIn(file)
  throw new GatewayError('upstream', "DashScope's transcript is not JSON. Try again in a moment.")
}

/** The transcript of a synchronous model, which returns no timestamps. */
export function messageTranscript(output: JsonObject): Transcript {
  const message = objectAt(objectsAt(output, 'choices')[0], 'message')
  return {
    text: objectsAt(message, 'content')
      .map(({ text }) => (typeof text === 'string' ? text : ''))
      .join(''),
    language: textAt(message, 'annotations', 0, 'language') ?? '',
    duration: 0,
    segments: [],
    words: [],
  }
}

function secondsIn({ seconds, duration }: JsonObject): number {
  const value = seconds ?? duration
  return typeof value === 'number' ? value : 0
}

function written(
  transcript: Transcript,
  seconds: number,
  { format, hasWords, hasSegments }: TranscriptRequest,
  headers: [string, string][],
): Translated {
  const { text, language, duration, segments, words } = transcript
  const usage = { type: 'duration', seconds }
  switch (format) {
    case 'json':
      return { response: jsonResponse(200, { text, usage }, headers) }
    case 'verbose_json': {
      const body = {
        task: 'transcribe',
        language,
        duration,
        text,
        ...(hasSegments &&
          segments.length > 0 && { segments: segments.map((each, id) => ({ id, ...each })) }),
        ...(hasWords && { words: words.map(({ text: word, start, end }) => ({ word, start, end })) }),
        usage,
      }
      return { response: jsonResponse(200, body, headers) }
    }
    case 'text':
      return plain(`${text}\n`, 'text/plain; charset=utf-8', headers)
    case 'srt':
      return plain(toSrt(segments), 'text/plain; charset=utf-8', headers)
    case 'vtt':
      return plain(toVtt(segments), 'text/vtt; charset=utf-8', headers)
  }
}

function plain(text: string, type: string, headers: [string, string][]): Translated {
  return { response: { kind: 'whole', status: 200, headers: withType(headers, type), body: bytesOf(text) } }
}

/** OpenAI's events `transcript.text.delta` and `transcript.text.done`. */
function transcriptEvents(): StreamTranslation {
  let text = ''
  let seconds = 0
  return {
    event: (output, usage) => {
      const delta = messageTranscript(output).text
      text += delta
      if (usage) seconds = secondsIn(usage) || seconds
      return delta === '' ? NOTHING : openAiEvent({ type: 'transcript.text.delta', delta })
    },
    end: () => openAiEvent({ type: 'transcript.text.done', text, usage: { type: 'duration', seconds } }),
    broken: brokenEvent,
  }
}
