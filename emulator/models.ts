/** Name beginnings that count as existing; `fault-` ones ask for a fault (faults.ts). A commercial Qwen's name ends there or
 *  continues after a hyphen, so that a typing error such as `qwen-pluss` does not exist. */
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

/** Takes a model's name; tells whether DashScope has it. */
export function modelExists(model: string): boolean {
  return EXISTING.test(model)
}

/** Takes a model's name; tells whether text-generation answers in `choices` when no `result_format` is given. */
export function answersInMessages(model: string): boolean {
  return (
    /^(?:qwen3-max|qwen3-vl|qwq|qwen-long)/.test(model) ||
    (OPEN_QWEN3.test(model) && !model.startsWith('qwen3-next-80b-a3b-instruct'))
  )
}

/** Takes a model's name; tells whether its streams send deltas when `incremental_output` is not given. */
export function streamsDeltas(model: string): boolean {
  return /^(?:qwen3-max|qwen3-vl|qwq|qvq)/.test(model) || OPEN_QWEN3.test(model)
}

/** Takes a model's name; tells whether `incremental_output: false` is refused. */
export function demandsDeltas(model: string): boolean {
  return OPEN_QWEN3.test(model)
}

/** Takes a model's name; tells whether it thinks when `enable_thinking` is not given. */
export function thinksByDefault(model: string): boolean {
  return alwaysThinks(model) || (OPEN_QWEN3.test(model) && !model.includes('instruct'))
}

/** Takes a model's name; tells whether its thinking cannot be turned off. */
export function alwaysThinks(model: string): boolean {
  return ALWAYS_THINKS.test(model)
}

/** Takes a model's name; tells whether it answers streams only. */
export function streamsOnly(model: string): boolean {
  return STREAM_ONLY.test(model)
}

/** Takes a model's name; returns whether it may think in a non-streaming answer. */
export function thinksWithoutStream(model: string): boolean {
  return THINKS_WITHOUT_STREAM.test(model)
}

/** Takes a model's name; tells whether it looks at pictures and so must be called on the multimodal path. */
export function seesPictures(model: string): boolean {
  return /^(?:qwen3-vl|qwen-vl)/.test(model)
}

/** Takes a model's name; tells whether it turns a text into speech, on the multimodal path. */
export function speaks(model: string): boolean {
  return /^qwen3?-tts/.test(model)
}

/** Takes a model's name; tells whether it makes images, on the multimodal path. */
export function draws(model: string): boolean {
  return /^(?:qwen-image|z-image|wan2\.[6-9]-(?:t2i|image))/.test(model)
}

/** Takes a model's name; tells whether it turns speech into text, on the multimodal path. */
export function recognises(model: string): boolean {
  return /^(?:qwen3-asr-flash|qwen-audio-[\w.]*-asr-flash)(?!.*(?:filetrans|realtime))/.test(model)
}

/** Takes the name of a model that speaks; tells whether its `usage` has the text's characters instead of tokens. */
export function countsCharacters(model: string): boolean {
  return model.startsWith('qwen3-')
}

/** Takes a model's name; tells whether it is of 2024's, which count fewer things and end a stream with text. */
export function isEarlyMultimodal(model: string): boolean {
  return /^qwen-(?:vl|audio)/.test(model)
}
