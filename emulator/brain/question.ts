import type { StoredFile } from '../accounts.ts'
import type { JsonObject } from '../json.ts'
import type { Media } from '../tokens.ts'

/** One message of a conversation, whatever dialect it came in. `addresses` are those of its pictures, videos, sounds. */
export interface Turn {
  role: string
  text: string
  media: Media
  addresses: string[]
}

/** A function the model may call, with the names of its parameters in the order of its schema. */
export interface Tool {
  name: string
  description: string
  parameters: string[]
}

/** `{ name }` forces one function; `required` any of them. */
export type ToolChoice = 'auto' | 'none' | 'required' | { name: string }

/** All that an answer depends on. Limits are in tokens. */
export interface Question {
  model: string
  turns: Turn[]
  tools: Tool[]
  toolChoice: ToolChoice
  thinks: boolean
  thinkingBudget: number | undefined
  wantsJson: boolean
  /** What the JSON must fit, when it must fit anything. */
  schema: JsonObject | undefined
  /** How many alternatives to every token; undefined when no `logprobs` are wanted. */
  logprobs: number | undefined
  maxTokens: number | undefined
  maxCompletionTokens: number | undefined
  stops: string[]
  documents: StoredFile[]
  /** How many answers to give. */
  count: number
}

/** Takes a conversation; returns the text of its last user turn, or '' when there is none. */
export function lastUserText(turns: readonly Turn[]): string {
  return turns.findLast((turn) => turn.role === 'user')?.text ?? ''
}

/** Takes a conversation; returns what all its turns hold together. */
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

/** Takes a conversation and the tools as they came; returns the texts whose tokens the input counts. */
export function inputTexts(turns: readonly Turn[], tools: unknown): string[] {
  const texts = turns.map(({ text }) => text)
  return Array.isArray(tools) && tools.length > 0 ? [...texts, JSON.stringify(tools)] : texts
}
