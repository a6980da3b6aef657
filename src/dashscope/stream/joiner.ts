import type { JsonObject } from '../../lib/json/object.ts'

/** Joins the frames of one dialect. */
export interface Joiner {
  /** Takes the next frame; false if it makes a response impossible. */
  add: (body: JsonObject) => boolean
  /** `[DONE]` came. */
  done: () => void
  /** The response, or undefined if its end is missing. */
  finish: () => JsonObject | undefined
}
