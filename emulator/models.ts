/**
 * Prefixes of existing models; `fault-` requests a fault (faults.ts). Names of commercial Qwen models end there or
 * continue with a hyphen, so that a typo such as `qwen-pluss` does not exist.
 */
const EXISTING =
  /^(?:qwen-(?:max|plus|turbo|flash|long|coder|vl|audio|omni|tts|mt|image|math|doc|deep)(?:-|$)|qwen\d|qwen_|qwq|qvq|deepseek|wan|text-embedding|multimodal-embedding|tongyi-embedding|gte|glm|kimi|z-image|kling\/|happyhorse|paraformer|fun-asr|sensevoice|cosyvoice|emo-|liveportrait|animate-anyone|aitryon|virtualmodel|shoemodel|wordart|Tripo|image-|fun-music|voice-enrollment|qwen-voice|speech-biasing|decision-model|fault-)/

/** Names that the model lists show. */
export const LISTED_MODELS = [
  'qwen-max',
  'qwen-plus',
  'qwen-turbo',
  'qwen-long',
  'qwen-vl-max',
  'qwen3-max',
  'qwen3-vl-plus',
  'deepseek-v4-pro',
  'text-embedding-v4',
]

const OPEN_QWEN3 = /^qwen3-(?:next-)?\d+(?:\.\d+)?b/
const ALWAYS_THINKS = /^(?:qwq|qvq|deepseek-r1)|-thinking/
const STREAM_ONLY = /^(?:qwq|qvq)|-omni/
const THINKS_WITHOUT_STREAM = /^(?:deepseek|glm|kimi|qwen3\.[5-9]|fault-)/

/** Whether DashScope has a model. */
export function modelExists(model: string): boolean {
  return EXISTING.test(model)
}

/** Whether text-generation returns `choices` by default, without `result_format`. */
export function repliesInMessages(model: string): boolean {
  return (
    /^(?:qwen3-max|qwen3-vl|qwq|qwen-long)/.test(model) ||
    (OPEN_QWEN3.test(model) && !model.startsWith('qwen3-next-80b-a3b-instruct'))
  )
}

/** Whether a model's streams are incremental by default, without `incremental_output`. */
export function streamsDeltas(model: string): boolean {
  return /^(?:qwen3-max|qwen3-vl|qwq|qvq)/.test(model) || OPEN_QWEN3.test(model)
}

/** Whether a model refuses `incremental_output: false`. */
export function demandsDeltas(model: string): boolean {
  return OPEN_QWEN3.test(model)
}

/** Whether a model thinks by default, without `enable_thinking`. */
export function thinksByDefault(model: string): boolean {
  return alwaysThinks(model) || (OPEN_QWEN3.test(model) && !model.includes('instruct'))
}

/** Whether a model's thinking cannot be turned off. */
export function alwaysThinks(model: string): boolean {
  return ALWAYS_THINKS.test(model)
}

/** Whether a model only supports streaming. */
export function streamsOnly(model: string): boolean {
  return STREAM_ONLY.test(model)
}

/** Whether a model may think in a non-streaming response. */
export function thinksWithoutStream(model: string): boolean {
  return THINKS_WITHOUT_STREAM.test(model)
}

/** Whether a model accepts images and so must be called on the multimodal path. */
export function seesPictures(model: string): boolean {
  return /^(?:qwen3-vl|qwen-vl)/.test(model)
}

/** Whether a model synthesizes speech, on the multimodal path. */
export function speaks(model: string): boolean {
  return /^qwen3?-tts/.test(model)
}

/** Whether a model generates images, on the multimodal path. */
export function draws(model: string): boolean {
  return /^(?:qwen-image|z-image|wan2\.[6-9]-(?:t2i|image))/.test(model)
}

/** Whether a model recognises speech, on the multimodal path. */
export function recognises(model: string): boolean {
  return /^(?:qwen3-asr-flash|qwen-audio-[\w.]*-asr-flash)(?!.*(?:filetrans|realtime))/.test(model)
}

/** Whether the `usage` of a speech model has characters instead of tokens. */
export function countsCharacters(model: string): boolean {
  return model.startsWith('qwen3-')
}

/** Whether a model is from 2024; these report fewer units and end a stream with text. */
export function isEarlyMultimodal(model: string): boolean {
  return /^qwen-(?:vl|audio)/.test(model)
}
