import type { JsonObject } from '../../lib/json/object.ts'

/** Puts one dialect's frames together. */
export interface Assembler {
  /** Takes the next frame; false where it is no frame of an answer. */
  add: (body: JsonObject) => boolean
  /** `[DONE]` came. */
  done: () => void
  /** The answer, or undefined where its end is missing. */
  finish: () => JsonObject | undefined
}
