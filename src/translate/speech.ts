import type { JsonObject } from '../lib/json/object.ts'
import { type Family, familyOf, modelCall, type NativePlan, type OpenAiRequest } from './plan.ts'
import { type SpeechFormat, speechTranslation } from './speech-response.ts'

interface SpeechFamily extends Family {
  /** Formats of a whole file; the first one is the default. */
  formats: readonly [SpeechFormat, ...SpeechFormat[]]
  /** Formats of a stream; the first one is the default. */
  streamFormats: readonly [SpeechFormat, ...SpeechFormat[]]
  /** Whether the native request sets the format; otherwise the model has only one. */
  namesFormat: boolean
  /** The native names of `instructions` and `speed`; undefined if the model lacks them. */
  instructions?: string
  rate?: string
  /** DashScope's options that callers may add. */
  extras: readonly string[]
}

/** Speech models, and their endpoints (API references of CosyVoice over HTTP and Qwen-TTS). */
export const SPEECH_MODELS: readonly SpeechFamily[] = [
  {
    models: /^(?:cosyvoice-|qwen-audio-[\w.-]*tts)(?!.*realtime)/,
    endpoint: 'speech-synthesis',
    formats: ['mp3', 'wav', 'pcm', 'opus'],
    streamFormats: ['mp3', 'wav', 'pcm', 'opus'],
    namesFormat: true,
    instructions: 'instruction',
    rate: 'rate',
    extras: ['sample_rate', 'volume', 'pitch', 'seed', 'bit_rate', 'language_hints', 'enable_ssml'],
  },
  {
    models: /^qwen3-tts-instruct(?!.*realtime)/,
    endpoint: 'multimodal-generation',
    formats: ['wav', 'pcm'],
    streamFormats: ['pcm'],
    namesFormat: false,
    instructions: 'instructions',
    extras: ['language_type', 'optimize_instructions'],
  },
  {
    models: /^qwen3?-tts(?!.*realtime)/,
    endpoint: 'multimodal-generation',
    formats: ['wav', 'pcm'],
    streamFormats: ['pcm'],
    namesFormat: false,
    extras: ['language_type'],
  },
]

/** The sample rate of OpenAI's PCM; DashScope's models have others by default. */
const PCM_RATE = 24_000

/** `POST /audio/speech`: generates speech from a text. */
export function speak({ options, model }: OpenAiRequest): NativePlan {
  const family = familyOf(SPEECH_MODELS, model)
  const text = options.requiredText('input')
  const voice = options.requiredText('voice')
  const wanted = options.oneOf('stream_format', ['audio', 'sse'])
  const formats = wanted === undefined ? family.formats : family.streamFormats
  const format = options.oneOf('response_format', formats) ?? formats[0]
  // Without streaming these models return only a WAV file; plain samples are in their streams.
  const isStream = wanted !== undefined || (format === 'pcm' && !family.namesFormat)
  const input: JsonObject = {
    text,
    voice,
    ...(family.namesFormat && { format }),
    ...(family.namesFormat && format === 'pcm' && { sample_rate: PCM_RATE }),
    ...adjusted(family, options),
    ...options.passed(family.extras),
  }
  options.ignoreAt({ speed: [1, '1', '1.0'], instructions: [''] })
  options.refuseOthers(model)
  return modelCall(SPEECH_MODELS, family, {
    body: { input },
    mode: isStream ? 'stream' : 'whole',
    translation: speechTranslation(format, wanted === 'sse' ? 'events' : isStream ? 'audio' : 'file'),
  })
}

function adjusted({ rate, instructions }: SpeechFamily, options: OpenAiRequest['options']): JsonObject {
  const speed = rate === undefined ? undefined : options.number('speed', 0.5, 2)
  const said = instructions === undefined ? undefined : options.text('instructions')
  return {
    ...(rate !== undefined && speed !== undefined && { [rate]: speed }),
    ...(instructions !== undefined && said !== undefined && said !== '' && { [instructions]: said }),
  }
}
