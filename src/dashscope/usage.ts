/**
 * The usage of one request in every unit that DashScope bills, as non-negative integers. A new unit is a new field
 * here, a row in read-usage.ts, a price in prices.ts and a measure in meter/measures.ts.
 */
export interface Usage {
  /** Tokens of the input, including those read from and written into DashScope's context cache. */
  input: number
  /** Tokens of the output, including thinking. */
  output: number
  /** Input tokens read from DashScope's context cache. */
  cached: number
  /** Input tokens written into the explicit context cache; present only if the request used that cache. */
  written?: number
  /** Output tokens of thinking. */
  reasoning: number
  /** Input tokens of images, video and audio. */
  image: number
  video: number
  /** Audio tokens of input and output. */
  audio: number
  /** Audio tokens of the output. */
  spoken: number
  /** Synthesized characters (speech synthesis). */
  characters: number
  /** Seconds of recognized or composed audio. */
  seconds: number
  /** Generated or checked images. */
  images: number
  /** Billed seconds of video. */
  videoSeconds: number
  /** Resolution tier of the video, such as `720P`; prices differ by it. */
  resolution?: string
  /** Calls of built-in tools, and results billed per item (cloned voices, 3D models). */
  toolCalls: number
  /** The same calls by the name of the tool; prices differ by it. */
  tools?: Readonly<Record<string, number>>
  /** Parsed pages of PDF documents. */
  pages: number
  /** The output may include thinking that DashScope does not report separately (Anthropic dialect). */
  mayIncludeThinking?: true
  /** DashScope reported no usage, and the numbers were estimated. */
  estimated?: boolean
}

/** The usage of a request without any, such as one served from the cache. */
export const NO_USAGE: Usage = {
  input: 0,
  output: 0,
  cached: 0,
  reasoning: 0,
  image: 0,
  video: 0,
  audio: 0,
  spoken: 0,
  characters: 0,
  seconds: 0,
  images: 0,
  videoSeconds: 0,
  toolCalls: 0,
  pages: 0,
}

/** The names of the fields that are always present and can be added up. */
export const USAGE_COUNTS = Object.keys(NO_USAGE) as Counts[]

/** Names of the fields of {@link Usage} that every usage has. */
export type Counts = {
  [Name in keyof Usage]-?: undefined extends Usage[Name] ? never : Name
}[keyof Usage]

/** The sum of two usages. */
export function addUsage(one: Usage, other: Usage): Usage {
  const sum: Usage = { ...one }
  for (const name of USAGE_COUNTS) sum[name] = one[name] + other[name]
  const written = one.written ?? other.written
  if (written !== undefined) sum.written = (one.written ?? 0) + (other.written ?? 0)
  if (one.tools || other.tools) sum.tools = addTools(one.tools ?? {}, other.tools ?? {})
  return sum
}

/**
 * The larger of two usages in each unit. Used if DashScope reported nothing: the charge is at least the reservation,
 * and at least what is visible in the response.
 */
export function atLeast(usage: Usage, reserved: Usage): Usage {
  const larger: Usage = { ...reserved, ...usage }
  for (const name of USAGE_COUNTS) larger[name] = Math.max(usage[name], reserved[name])
  return larger
}

function addTools(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum = { ...one }
  for (const [name, calls] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + calls
  return sum
}
