import { isJsonObject, type JsonObject } from '../lib/json/object.ts'
import { addUsage, NO_USAGE, type Usage } from './usage.ts'

/** More than any response uses; larger values are not counts. */
const MAX_COUNT = 1e12

/** Member names of each unit in DashScope's usage; the first one present counts. */
export const INPUT = ['input_tokens', 'prompt_tokens']
export const OUTPUT = ['output_tokens', 'completion_tokens']
const IMAGES = ['image_count', 'image_num']

/** Names of the objects with details about input and output tokens. */
const INPUT_DETAILS = ['input_tokens_details', 'prompt_tokens_details']
const OUTPUT_DETAILS = ['output_tokens_details', 'completion_tokens_details']

/** The tool that parses PDF documents; its calls are pages ("PDF understanding" page). */
const PDF_PARSER = 'pdf_page_parser'

/**
 * The usage that a response or one event of a stream reports, in every unit.
 *
 * Reads the native names (`input_tokens`; for applications the sum of `models`), the compatible ones
 * (`prompt_tokens`), those of the Responses API, and Anthropic's (whose `input_tokens` exclude cache reads and
 * writes). Embeddings and reranking report only a total, which is input. Values may be floats (API reference, usage
 * of video models).
 *
 * @param body the result of JSON.parse.
 * @param where the endpoint's path to the usage. In the Responses API events nest it deeper than whole responses, so
 *   the last name alone is tried too.
 * @returns undefined if no unit is reported, as with the `{}` of a search frame.
 */
export function usageOf(body: unknown, where: readonly string[]): Usage | undefined {
  return firstUsage(body, where)?.usage
}

/** The usage of a response or event as it was sent; in Anthropic's events it may be inside `message`. */
export function usageObjectOf(body: unknown, where: readonly string[]): JsonObject | undefined {
  return firstUsage(body, where)?.object
}

function firstUsage(
  body: unknown,
  where: readonly string[],
): { object: JsonObject; usage: Usage } | undefined {
  const last = where.at(-1) ?? 'usage'
  for (const path of [where, [last], ['message', last]]) {
    const object = path.reduce<unknown>(
      (inner, name) => (isJsonObject(inner) ? inner[name] : undefined),
      body,
    )
    const usage = isJsonObject(object) ? readUsage(object) : undefined
    if (isJsonObject(object) && usage) return { object, usage }
  }
  return undefined
}

/** Reads a usage object in every unit; undefined if it has none. */
export function readUsage(usage: JsonObject): Usage | undefined {
  if (Array.isArray(usage.models)) {
    const parts = usage.models.filter(isJsonObject).map(readUsage)
    return parts
      .filter((part) => part !== undefined)
      .reduce<Usage | undefined>((sum, part) => (sum ? addUsage(sum, part) : part), undefined)
  }
  const tokens = readTokens(usage)
  const units = readUnits(usage)
  return tokens || units ? { ...NO_USAGE, ...tokens, ...units } : undefined
}

function readTokens(usage: JsonObject): Partial<Usage> | undefined {
  const input = countOf(usage, INPUT)
  const output = countOf(usage, OUTPUT)
  const total = countOf(usage, ['total_tokens'])
  if (input === undefined && output === undefined && total === undefined) return undefined

  const inputDetails = INPUT_DETAILS.map((name) => usage[name]).filter(isJsonObject)
  const outputDetails = OUTPUT_DETAILS.map((name) => usage[name]).filter(isJsonObject)
  const ofInput = (name: string) => firstCount([usage, ...inputDetails], name)
  // Anthropic's names are at the top level; the compatible ones are in the details.
  const readApart = countOf(usage, ['cache_read_input_tokens']) ?? 0
  const writtenApart = countOf(usage, ['cache_creation_input_tokens']) ?? 0
  const written = firstCount(inputDetails, 'cache_creation_input_tokens') ?? writtenApart
  const isExplicit =
    readApart > 0 || written > 0 || inputDetails.some(({ cache_type: type }) => type === 'ephemeral')
  const spoken = firstCount(outputDetails, 'audio_tokens') ?? 0
  return {
    input: (input ?? (output === undefined ? total : 0) ?? 0) + readApart + writtenApart,
    output: output ?? 0,
    cached: readApart || (ofInput('cached_tokens') ?? 0),
    ...(isExplicit && { written }),
    reasoning: firstCount(outputDetails, 'reasoning_tokens') ?? 0,
    image: ofInput('image_tokens') ?? 0,
    video: ofInput('video_tokens') ?? 0,
    audio: (ofInput('audio_tokens') ?? 0) + spoken,
    spoken,
  }
}

/** Units other than tokens (surveyed in the API references of speech, image, video and tool use). */
function readUnits(usage: JsonObject): Partial<Usage> | undefined {
  const isVideo = countOf(usage, ['video_count', 'video_duration', 'output_video_duration']) !== undefined
  const videos = Math.max(1, countOf(usage, ['video_count']) ?? 1)
  // `duration` is the billed time and includes input video; older models report the length of one video.
  const eachSeconds = countOf(usage, ['video_duration', 'output_video_duration']) ?? 0
  const resolution = usage.SR ?? usage.video_ratio
  const { tools, pages } = readTools(usage)
  const units: Partial<Usage> = {
    characters: countOf(usage, ['characters']),
    seconds: isVideo ? undefined : countOf(usage, ['seconds', 'duration']),
    images: isVideo ? undefined : countOf(usage, IMAGES),
    videoSeconds: isVideo ? (countOf(usage, ['duration']) ?? videos * eachSeconds) : undefined,
    toolCalls: tools && Object.values(tools).reduce((sum, calls) => sum + calls, 0),
    pages,
  } as Partial<Usage>
  const known = Object.fromEntries(Object.entries(units).filter(([, value]) => value !== undefined))
  if (Object.keys(known).length === 0) return undefined
  return {
    ...known,
    ...(tools && { tools }),
    ...(isVideo && resolution !== undefined && { resolution: resolutionName(resolution) }),
  }
}

/** `720`, `720P` and `720p` are the same tier. */
function resolutionName(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? `${value}`.toUpperCase() : ''
  return /^\d+$/.test(text) ? `${text}P` : text.slice(0, 16)
}

/** Calls of tools: `x_tools` (compatible), `plugins` (native), `server_tool_use` (Anthropic), `count` (voices, 3D models). */
function readTools(usage: JsonObject): { tools?: Record<string, number>; pages?: number } {
  const calls: Record<string, number> = {}
  let pages: number | undefined
  for (const group of [usage.x_tools, usage.plugins]) {
    for (const [name, tool] of Object.entries(isJsonObject(group) ? group : {})) {
      const number = isJsonObject(tool) ? countOf(tool, ['count']) : undefined
      if (number === undefined) continue
      if (name === PDF_PARSER) pages = number
      else calls[name === 'search' ? 'web_search' : name] = number
    }
  }
  for (const [name, value] of Object.entries(
    isJsonObject(usage.server_tool_use) ? usage.server_tool_use : {},
  )) {
    const number = countIn(value)
    if (number !== undefined) calls[name.replace(/_requests$/, '')] = number
  }
  const results = countOf(usage, ['count'])
  if (results !== undefined) calls.result = results
  return { ...(Object.keys(calls).length > 0 && { tools: calls }), ...(pages !== undefined && { pages }) }
}

function firstCount(places: readonly JsonObject[], name: string): number | undefined {
  for (const place of places) {
    const number = countIn(place[name])
    if (number !== undefined) return number
  }
  return undefined
}

/** The first of several names under which a usage has a count. */
export function countOf(usage: JsonObject, names: readonly string[]): number | undefined {
  for (const name of names) {
    const number = countIn(usage[name])
    if (number !== undefined) return number
  }
  return undefined
}

/** A value that is not a count is treated as absent; fractions are rounded up, since a started second is billed. */
function countIn(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= MAX_COUNT ? Math.ceil(value) : undefined
}
