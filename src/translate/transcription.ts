import { toBase64 } from '../lib/base64.ts'
import { JsonBody } from '../lib/json/body.ts'
import { isJsonObject, type JsonObject, objectAt } from '../lib/json/object.ts'
import { bytesOf } from '../lib/json/utf8.ts'
import { allowUpload } from '../policy/upload-caps.ts'
import type { Translation } from '../proxy/translation.ts'
import { type Recording, recordingIn } from './input-audio.ts'
import { invalidOption, type Options } from './options.ts'
import { type Family, familyOf, modelCall, type NativePlan, type OpenAiRequest } from './plan.ts'
import {
  TIMED_FORMATS,
  type TranscriptFormat,
  type TranscriptRequest,
  transcriptTranslation,
} from './transcript-response.ts'
import { policyIn, policyLookup, putFile } from './upload.ts'

interface TranscriptionFamily extends Family {
  /**
   * `message`: the recording is in the request; otherwise it is uploaded, and a task reads it from one URL or a list
   * of URLs.
   */
  input: 'message' | 'file_url' | 'file_urls'
}

/** Transcription models, and their endpoints (API references of Qwen-ASR, Fun-ASR and Paraformer). */
export const TRANSCRIPTION_MODELS: readonly TranscriptionFamily[] = [
  {
    models: /^(?:qwen3-asr-flash|qwen-audio-[\w.]+-asr)[\w-]*-filetrans/,
    endpoint: 'transcription',
    input: 'file_url',
  },
  {
    models: /^(?:qwen3-asr-flash|qwen-audio-[\w.]+-asr-flash)(?![\w-]*-(?:realtime|streaming|message))/,
    endpoint: 'multimodal-generation',
    input: 'message',
  },
  {
    models: /^(?:fun-asr|paraformer|sensevoice)(?![\w-]*-(?:flash|realtime))/,
    endpoint: 'transcription',
    input: 'file_urls',
  },
]

/** The largest `data:` URL that DashScope accepts, encoded (Qwen-ASR page). */
const MAX_INLINE_BYTES = 10 * 1024 * 1024

/** `POST /audio/transcriptions`: transcribes a recording. */
export function transcribe(asked: OpenAiRequest): NativePlan {
  const { options, files, model, caps } = asked
  const family = familyOf(TRANSCRIPTION_MODELS, model)
  const recording = recordingIn(files)
  const request = requestOf(options, family)
  const language = options.text('language')
  const prompt = family.input === 'message' ? options.text('prompt') : undefined
  const extras = options.passed(
    family.input === 'message' ? ['enable_itn'] : ['enable_itn', 'channel_id', 'vocabulary_id'],
  )
  options.ignoreAt({ temperature: [0, '0', '0.0'], prompt: [''], chunking_strategy: ['auto'] })
  options.refuseOthers(model)
  if (family.input !== 'message') allowUpload(caps, recording)
  const body =
    family.input === 'message'
      ? inMessage(recording, prompt, { ...(language && { language }), ...extras }, request.isStream)
      : asTask(family.input, language, extras)
  const translation = transcriptTranslation(request)
  return modelCall(TRANSCRIPTION_MODELS, family, {
    body,
    mode: family.input === 'message' ? (request.isStream ? 'stream' : 'whole') : 'task',
    translation: family.input === 'message' ? translation : uploading(recording, family.input, translation),
  })
}

function requestOf(options: Options, { input }: TranscriptionFamily): TranscriptRequest {
  const formats: readonly TranscriptFormat[] =
    input === 'message' ? ['json', 'text', 'verbose_json'] : TIMED_FORMATS
  const format = options.oneOf('response_format', formats) ?? 'json'
  const isStream = input === 'message' && options.flag('stream') === true
  if (input !== 'message') options.ignoreAt({ stream: [false, 'false'] })
  if (isStream && format !== 'json')
    throw invalidOption('response_format', 'a stream must have the format "json"')
  const granularities = format === 'verbose_json' && input !== 'message' ? granularitiesIn(options) : []
  return {
    format,
    isStream,
    hasWords: granularities.includes('word'),
    hasSegments: !isWordsOnly(granularities),
  }
}

function granularitiesIn(options: Options): readonly unknown[] {
  const value = options.value('timestamp_granularities')
  const list = value === undefined ? [] : Array.isArray(value) ? value : [value]
  if (list.every((each) => each === 'word' || each === 'segment')) return list
  throw invalidOption('timestamp_granularities', 'expected "word" or "segment"')
}

function isWordsOnly(granularities: readonly unknown[]): boolean {
  return granularities.length > 0 && !granularities.includes('segment')
}

function inMessage(
  { type, bytes }: Recording,
  prompt: string | undefined,
  options: JsonObject,
  isStream: boolean,
): JsonObject {
  const audio = `data:${type};base64,${toBase64(bytes)}`
  if (audio.length > MAX_INLINE_BYTES) {
    throw invalidOption(
      'file',
      `this model accepts recordings of about 7 MB. Choose a model for long recordings, such as qwen3-asr-flash-filetrans`,
    )
  }
  const context = prompt ? [{ role: 'system', content: [{ text: prompt }] }] : []
  return {
    input: { messages: [...context, { role: 'user', content: [{ audio }] }] },
    parameters: { asr_options: options, ...(isStream && { incremental_output: true }) },
  }
}

/**
 * The URL is known only after the upload; until then a placeholder keeps the length of the list, which the
 * reservation counts.
 */
function asTask(
  input: 'file_url' | 'file_urls',
  language: string | undefined,
  extras: JsonObject,
): JsonObject {
  const named =
    language === undefined ? {} : input === 'file_url' ? { language } : { language_hints: [language] }
  return {
    input: input === 'file_url' ? { file_url: '' } : { file_urls: [''] },
    parameters: { channel_id: [0], ...named, ...extras },
  }
}

/** Uploads the recording to the account that will read it, and inserts its URL. */
function uploading(
  recording: Recording,
  input: 'file_url' | 'file_urls',
  translation: Translation,
): Translation {
  return {
    ...translation,
    complete: async (call, context) => {
      const policy = policyIn(await context.ask(policyLookup(call.model)))
      const url = await putFile(policy, recording, context)
      const { value } = JsonBody.parse(call.bytes ?? new Uint8Array(0))
      const body = isJsonObject(value) ? value : {}
      const named = { ...objectAt(body, 'input'), [input]: input === 'file_url' ? url : [url] }
      const headers = new Map(call.headers)
      headers.set('x-dashscope-ossresourceresolve', 'enable')
      return { bytes: bytesOf(JSON.stringify({ ...body, input: named })), headers, targets: [context.target] }
    },
  }
}
