import type { StoredFile } from '../accounts.ts'
import type { JsonObject } from '../json.ts'
import type { Media } from '../tokens.ts'

/**
 * One message of a conversation, independent of the dialect. `addresses` are the URLs of its images, videos and
 * audios.
 */
export interface Turn {
  role: string
  text: string
  media: Media
  addresses: string[]
}

/** A function the model may call, with its parameter names in the order of its schema. */
export interface Tool {
  name: string
  description: string
  parameters: string[]
}

/** `{ name }` forces one function; `required` forces any function. */
export type ToolChoice = 'auto' | 'none' | 'required' | { name: string }

/** Everything that a response depends on. Limits are in tokens. */
export interface Question {
  model: string
  turns: Turn[]
  tools: Tool[]
  toolChoice: ToolChoice
  thinks: boolean
  thinkingBudget: number | undefined
  wantsJson: boolean
  /** The schema that the JSON must fit, if any. */
  schema: JsonObject | undefined
  /** The number of alternatives per token; undefined without `logprobs`. */
  logprobs: number | undefined
  maxTokens: number | undefined
  maxCompletionTokens: number | undefined
  stops: string[]
  documents: StoredFile[]
  /** The number of choices. */
  count: number
}

/** The text of the last user turn of a conversation, or '' if there is none. */
export function lastUserText(turns: readonly Turn[]): string {
  return turns.findLast((turn) => turn.role === 'user')?.text ?? ''
}

/** The media of all turns of a conversation. */
export function mediaOf(turns: readonly Turn[]): Media {
  const sum: Media = { images: 0, videoFiles: 0, videoFrames: 0, audios: 0 }
  for (const { media } of turns) {
    sum.images += media.images
    sum.videoFiles += media.videoFiles
    sum.videoFrames += media.videoFrames
    sum.audios += media.audios
  }
  return sum
}

/** The texts whose tokens count as input. */
export function inputTexts(turns: readonly Turn[], tools: unknown): string[] {
  const texts = turns.map(({ text }) => text)
  return Array.isArray(tools) && tools.length > 0 ? [...texts, JSON.stringify(tools)] : texts
}
